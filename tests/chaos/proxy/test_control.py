"""The control's API: Toxiproxy's own clients can drive it, and what is wrong is refused, named, and not done."""

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from toxiproxy import Toxiproxy
from toxiproxy.exceptions import InvalidToxic, NotFound, ProxyExists

from harness.stacks.embedded.ports import free_ports
from tests.chaos.proxy.peers import Control, Received, Through, through, until

NOWHERE = "127.0.0.1:9"
LATENCY = {"type": "latency", "attributes": {"latency": 10}}


@pytest.fixture
def proxy(control: Control) -> Iterator[dict[str, Any]]:
    """One with an upstream that nobody listens at."""
    yield control.ask("POST", "/proxies", {"name": "p", "upstream": NOWHERE}, status=201)
    for name in control.ask("GET", "/proxies"):
        control.ask("DELETE", f"/proxies/{name}", status=204)


# -- as Toxiproxy's clients see it ----------------------------------------------------------------------------


def test_a_client_library_of_toxiproxy_s_works(control: Control) -> None:
    client = Toxiproxy()
    client.update_api_consumer("127.0.0.1", control.port)
    assert client.running()
    assert b"2." in client.version()
    made = client.create(NOWHERE, "redis")
    assert made.enabled
    with pytest.raises(ProxyExists):
        client.create(NOWHERE, "redis")
    made.add_toxic(type="latency", attributes={"latency": 1000}, toxicity=0.5)
    made.add_toxic(type="timeout", stream="upstream", name="silence", attributes={"timeout": 0})
    assert {name: (one.type, one.stream, one.toxicity) for name, one in made.toxics().items()} == {
        "latency_downstream": ("latency", "downstream", 0.5),
        "silence": ("timeout", "upstream", 1.0),
    }
    assert made.get_toxic("latency_downstream").attributes == {"latency": 1000, "jitter": 0}
    with pytest.raises(InvalidToxic, match="no-such"):
        made.add_toxic(type="no-such")
    made.destroy_toxic("silence")
    with pytest.raises(NotFound):
        made.destroy_toxic("silence")
    host, _, port = made.listen.rpartition(":")
    with made.down(), pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)))
    assert client.get_proxy("redis").enabled
    client.reset()
    assert made.toxics() == {}
    client.populate([{"name": "redis", "upstream": "127.0.0.1:10", "listen": "127.0.0.1:0"}])
    assert client.get_proxy("redis").upstream == "127.0.0.1:10"
    client.destroy_all()
    assert client.proxies() == {}


def test_a_proxy_as_documented(control: Control, proxy: dict[str, Any]) -> None:
    assert proxy["listen"].startswith("127.0.0.1:")
    assert proxy["listen"] != "127.0.0.1:0"
    assert proxy == {"name": "p", "listen": proxy["listen"], "upstream": NOWHERE, "enabled": True, "toxics": []}
    assert control.ask("GET", "/proxies") == {"p": proxy}
    assert control.ask("GET", "/proxies/p") == proxy | {"connections": [], "failures": 0, "last_failure": None}
    toxic = control.ask("POST", "/proxies/p/toxics", LATENCY)
    shown = {
        "name": "latency_downstream",
        "type": "latency",
        "stream": "downstream",
        "toxicity": 1,
        "attributes": {"latency": 10, "jitter": 0},
        "seed": 0,
    }
    assert toxic == shown == control.ask("GET", "/proxies/p/toxics/latency_downstream")
    assert control.ask("GET", "/proxies/p/toxics") == [shown] == control.ask("GET", "/proxies/p")["toxics"]


def test_what_a_client_sends_back_whole_changes_only_what_it_changed(control: Control, proxy: dict[str, Any]) -> None:
    """Toxiproxy's Go and Ruby clients remember a proxy and its toxics, and send all of it to change a part."""
    control.ask("POST", "/proxies/p/toxics", LATENCY)
    changed = control.ask("POST", "/proxies/p", proxy | {"enabled": False})
    assert (changed["enabled"], len(changed["toxics"]), changed["listen"]) == (False, 1, proxy["listen"])
    toxic = control.ask("GET", "/proxies/p/toxics/latency_downstream")
    again = control.ask("PATCH", "/proxies/p/toxics/latency_downstream", toxic | {"attributes": {"jitter": 5}})
    assert again["attributes"] == {"latency": 10, "jitter": 5}


def test_many_toxics_are_added_all_or_none(control: Control, proxy: dict[str, Any]) -> None:
    there_and_back = [LATENCY | {"stream": "upstream"}, LATENCY]
    assert len(control.ask("POST", "/proxies/p/toxics", there_and_back)) == 2
    control.ask("POST", "/proxies/p/toxics", [{"type": "hang"}, LATENCY], status=409)
    assert len(control.ask("GET", "/proxies/p/toxics")) == 2


def test_reset_takes_every_toxic_off_even_where_a_proxy_cannot_listen(control: Control, proxy: dict[str, Any]) -> None:
    made = {"name": "taken", "upstream": NOWHERE, "enabled": False, "toxics": [LATENCY]}
    host, _, port = control.ask("POST", "/proxies", made)["listen"].rpartition(":")
    control.ask("POST", "/proxies/p/toxics", LATENCY)
    with socket.create_server((host, int(port))):
        said = control.ask("POST", "/reset", status=409)
    assert said["error"].startswith("taken cannot listen")
    assert [one["toxics"] for one in control.ask("GET", "/proxies").values()] == [[], []]


def test_populate_is_refused_whole(control: Control, proxy: dict[str, Any]) -> None:
    good = {"name": "q", "upstream": NOWHERE}
    for bad in ({"name": "r"}, good, good | {"name": "r", "toxics": [{"type": "no-such"}]}):
        control.ask("POST", "/populate", [good, bad], status=400)
    assert list(control.ask("GET", "/proxies")) == ["p"]


async def test_populate_keeps_what_is_as_wanted_and_replaces_the_rest(control: Control) -> None:
    async with through(control, "kept") as kept, through(control, "moved") as moved:
        await kept.pair()
        await moved.pair()
        wanted = list(control.ask("GET", "/proxies").values())
        wanted[1]["upstream"] = NOWHERE
        for one in wanted:
            del one["toxics"]
        populated = control.ask("POST", "/populate", wanted, status=201)["proxies"]
        assert [one["upstream"] for one in populated] == [one["upstream"] for one in wanted]
        assert (len(control.connections("kept")), len(control.connections("moved"))) == (1, 0)


# -- what is refused ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"type": "latency", "attributes": {"latancy": 5}}, "latancy"),
        ({"type": "latency", "attributes": {}}, "latency"),
        ({"type": "latency", "attributes": {"latency": -1}}, "latency"),
        ({"type": "latency", "attributes": {"latency": "5"}}, "latency"),
        ({"type": "latency", "attributes": {"latency": 5, "jitter": 1e9}}, "jitter"),
        ({"type": "bandwidth", "attributes": {"rate": 0}}, "rate"),
        ({"type": "slicer", "attributes": {"average_size": 0}}, "average_size"),
        ({"type": "slicer", "attributes": {"average_size": 5, "size_variation": 5}}, "size_variation"),
        ({"type": "limit_data", "attributes": {"bytes": -1}}, "bytes"),
        ({"type": "timeout"}, "timeout"),
        ({"type": "hang", "attributes": {"timeout": 1}}, "timeout"),
        ({"type": "no-such"}, "the types are bandwidth, hang, latency"),
        ({"type": "hang", "stream": "sideways"}, "sideways"),
        ({"type": "hang", "toxicity": 1.1}, "toxicity"),
        ({"type": "hang", "toxicity": -0.1}, "toxicity"),
        ({"type": "hang", "toxcity": 1}, "toxcity"),
        ({"type": "hang", "name": "a/b"}, "name"),
        ({"attributes": {}}, "type"),
        ("no object", "str"),
    ],
)
def test_a_bad_toxic_is_refused_and_named(body: object, named: str, control: Control, proxy: dict[str, Any]) -> None:
    said = control.ask("POST", "/proxies/p/toxics", body, status=400)
    assert said["status"] == 400
    assert named in said["error"]
    assert control.ask("GET", "/proxies/p/toxics") == []


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"upstream": NOWHERE}, "name"),
        ({"name": "", "upstream": NOWHERE}, "name"),
        ({"name": "q"}, "upstream"),
        ({"name": "q", "upstream": "localhost"}, "localhost"),
        ({"name": "q", "upstream": "localhost:0"}, "localhost:0"),
        ({"name": "q", "upstream": NOWHERE, "listen": "127.0.0.1:70000"}, "listen"),
        ({"name": "q", "upstream": "::1:80"}, "[::1]:80"),
        ({"name": "q", "upstream": NOWHERE, "enable": True}, "enable"),
        ({"name": "q", "upstream": NOWHERE, "toxics": [{"type": "hang", "stream": "up"}]}, "stream"),
    ],
)
def test_a_bad_proxy_is_refused_and_named(body: object, named: str, control: Control) -> None:
    assert named in control.ask("POST", "/proxies", body, status=400)["error"]
    assert control.ask("GET", "/proxies") == {}


def test_a_bad_change_is_refused_and_changes_nothing(control: Control, proxy: dict[str, Any]) -> None:
    control.ask("POST", "/proxies/p/toxics", LATENCY)
    before = control.ask("GET", "/proxies/p")
    here = "/proxies/p/toxics/latency_downstream"
    for path, body, status in (
        ("/proxies/p", {"name": "q"}, 400),
        ("/proxies/p", {"enabled": "no"}, 400),
        ("/proxies/p", {"listen": "192.0.2.1:80"}, 409),
        (here, {"attributes": {"latancy": 1}}, 400),
        (here, {"stream": "upstream"}, 400),
        (here, {"type": "hang"}, 400),
        (here, {"toxicity": 2}, 400),
    ):
        control.ask("POST", path, body, status=status)
    assert control.ask("GET", "/proxies/p") == before


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/proxies/no-such", 404),
        ("DELETE", "/proxies/no-such", 404),
        ("GET", "/proxies/p/toxics/no-such", 404),
        ("DELETE", "/proxies/p/toxics/no-such", 404),
        ("GET", "/no-such", 404),
        ("PUT", "/proxies/p", 405),
    ],
)
def test_what_is_not_there_is_said_as_json(
    method: str, path: str, status: int, control: Control, proxy: dict[str, Any]
) -> None:
    said = control.ask(method, path, status=status)
    assert said["status"] == status
    assert said["error"]


def test_a_name_that_is_taken_and_an_address_that_is_taken(control: Control, proxy: dict[str, Any]) -> None:
    control.ask("POST", "/proxies", {"name": "p", "upstream": NOWHERE}, status=409)
    body = {"name": "q", "upstream": NOWHERE, "listen": proxy["listen"]}
    assert "Address already in use" in control.ask("POST", "/proxies", body, status=409)["error"]
    assert list(control.ask("GET", "/proxies")) == ["p"]


def test_a_page_in_a_browser_cannot_drive_it(control: Control) -> None:
    body = {"name": "p", "upstream": NOWHERE, "listen": "0.0.0.0:0"}
    answer = control.http.post("/proxies", json=body, headers={"Origin": "https://example.com"})
    assert (answer.status_code, answer.json()["status"]) == (403, 403)
    assert control.ask("GET", "/proxies") == {}


# -- what is told, and what moves -----------------------------------------------------------------------------


async def test_each_connection_tells_which_toxics_it_feels(link: Through) -> None:
    pairs = [await link.pair() for _ in range(40)]
    link.control.add("link", "hang", "downstream", {}, toxicity=0.5, seed=7)
    felt = [one["toxics"] == ["hang_downstream"] for one in link.control.connections("link")]
    assert 8 < sum(felt) < 32
    for pair in pairs:
        await pair.server.send(b"hello")
    for pair, hangs in zip(pairs, felt, strict=True):
        if not hangs:
            assert await pair.client.reader.readexactly(5) == b"hello"
    told = link.control.connections("link")
    assert [one["held_bytes"] for one in told] == [5 if hangs else 0 for hangs in felt]
    assert [one["downstream_bytes"] for one in told] == [0 if hangs else 5 for hangs in felt]
    assert [one["number"] for one in told] == list(range(1, 41))
    assert {one["client"] for one in told} == {
        f"127.0.0.1:{pair.client.writer.get_extra_info('sockname')[1]}" for pair in pairs
    }
    # More of them feel it, and those that did still do.
    link.control.ask("POST", "/proxies/link/toxics/hang_downstream", {"toxicity": 0.8})
    now = [one["toxics"] != [] for one in link.control.connections("link")]
    assert sum(now) > sum(felt)
    assert all(after for after, before in zip(now, felt, strict=True) if before)


async def test_it_listens_elsewhere_when_told(link: Through) -> None:
    [port] = free_ports(1)
    moved = link.control.ask("POST", "/proxies/link", {"listen": f":{port}"})
    assert moved["listen"] == f"127.0.0.1:{port}"
    with pytest.raises(ConnectionRefusedError):
        await link.client()
    link.port = port
    await link.pair()


async def test_it_accepts_on_ipv6_and_finds_an_upstream_by_its_name(link: Through) -> None:
    port = link.control.ask("GET", "/proxies/link")["upstream"].rpartition(":")[2]
    body = {"name": "six", "listen": "[::1]:0", "upstream": f"localhost:{port}"}
    listen = link.control.ask("POST", "/proxies", body)["listen"]
    assert listen.startswith("[::1]:")
    _, writer = await asyncio.open_connection("::1", int(listen.rpartition(":")[2]))
    writer.write(b"hello")
    server = await asyncio.wait_for(link._accepted.get(), 5)
    assert await server.reader.readexactly(5) == b"hello"
    for one in (writer, server.writer):
        one.close()
        await one.wait_closed()
    link.control.ask("DELETE", "/proxies/six")


async def test_no_request_waits_for_what_hangs(link: Through) -> None:
    loop = asyncio.get_running_loop()
    for kind, attributes in (("hang", {}), ("timeout", {"timeout": 0}), ("latency", {"latency": 3_600_000})):
        link.control.add("link", kind, "downstream", attributes)
    pairs = [await link.pair() for _ in range(20)]
    for pair in pairs:
        await pair.server.send(b"x" * 100_000, fin=True)
    began = loop.time()
    link.control.ask("GET", "/proxies/link")
    link.control.remove("link", "hang_downstream")
    link.control.ask("POST", "/reset", status=204)
    link.control.ask("POST", "/reset", status=204)
    link.control.ask("DELETE", "/proxies/link", status=204)
    assert loop.time() - began < 2
    link.control.ask("POST", "/proxies", {"name": "link", "upstream": NOWHERE})


async def test_no_request_waits_for_many_tiny_slices(link: Through) -> None:
    """A megabyte in single bytes is a million sends: seconds of work."""
    pair = await link.pair()
    link.control.add("link", "hang", "upstream", {})
    link.control.add("link", "slicer", "upstream", {"average_size": 1})
    await pair.client.send(b"x" * 1_000_000)
    await until(lambda: link.control.connections("link")[0]["held_bytes"] == 1_000_000, "all of it waits")
    received = Received(pair.server)
    loop = asyncio.get_running_loop()
    began = loop.time()
    link.control.remove("link", "hang_upstream")
    link.control.ask("GET", "/proxies/link")
    assert loop.time() - began < 1
    assert len(received.data) < 1_000_000
    link.control.remove("link", "slicer_upstream")
    await until(lambda: len(received.data) == 1_000_000, "the rest of it arrived at once")
    await received.stop()
