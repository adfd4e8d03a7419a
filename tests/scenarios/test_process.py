"""The load process, end to end: real orders, a real server, and what is in the recording afterwards."""

import itertools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from benchmarks.tiny_server import BODY
from harness.clock import NS, nanoseconds, now, seconds
from harness.run import Outcome, Pace, Requests
from harness.run.requests import read_requests
from harness.run.writes import read_writes
from scenarios.clients.arrivals import SCHEDULES, constant
from scenarios.clients.course import Course
from scenarios.clients.orders import Done, Go, ReadBack, Ready, Tick, Trouble, Turn
from tests.scenarios.loads import GET, TinyServer, load, order_for, tiny_server, trouble

UNFINISHED = "Unfinished: no answer before the load ended"
WRITE = """
from locust import task
from harness.run import Place
from scenarios.clients.ledger import LEDGER
from scenarios.clients.open_user import OpenUser

class Writer(OpenUser):
    @task
    def write(self):
        with LEDGER.write("a post", Place(table="posts", column="body")) as write:
            answer = self.client.post("/posts", json={"body": write.key}, name="POST /posts")
            write.answered(answer.status_code, "/posts/1")
"""
RATE = 50.0


@pytest.fixture(scope="module")
def server() -> Iterator[TinyServer]:
    with tiny_server() as server:
        yield server


def recorded(folder: Path) -> Requests:
    requests, whole = read_requests(folder)
    assert whole
    return requests


def offsets(requests: Requests, at: int) -> list[int]:
    return [intended - at for intended in requests.intended.tolist()]


def due(count: int, arrivals: str = "constant", seed: int = 7) -> list[int]:
    return list(itertools.islice(SCHEDULES[arrivals](RATE, seed), count))


def test_without_anybody_to_ask_it_ends_as_if_nothing_were_wrong() -> None:
    process = subprocess.run(
        [sys.executable, "-m", "scenarios.clients.process"], input=b"", capture_output=True, check=False
    )
    assert (process.returncode, process.stdout, process.stderr) == (0, b"", b"")


def assert_on_schedule(requests: Requests, at: int) -> None:
    """Each was due, none twice. What was under way at an end without a stop may be missing between them."""
    places = offsets(requests, at)
    assert len(places) == len(set(places)) > 0
    assert set(places) <= set(due(2 * len(places) + 50))


class Played(NamedTuple):
    arrivals: str
    at: int
    requests: Requests
    ticks: list[Tick]


@pytest.fixture(scope="module", params=["constant", "poisson"])
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, server: TinyServer) -> Played:
    """Something over a second of load, stopped and ended as the harness does."""
    folder = tmp_path_factory.mktemp("played")
    with load(order_for(folder, server.url, arrivals=request.param)) as wire:
        at = wire.go()
        wire.until_played(60)
        assert wire.stop() == Done(unfinished=0)
        assert wire.end() == 0
    return Played(request.param, at, recorded(folder), wire.ticks)


def test_every_arrival_of_the_schedule_is_one_request_intended_when_it_was_due(played: Played) -> None:
    assert len(played.requests) >= 60
    assert offsets(played.requests, played.at) == due(len(played.requests), played.arrivals)


def test_a_request_is_recorded_as_it_was(played: Played) -> None:
    requests = played.requests
    count = len(requests)
    for labels, value in (
        (requests.name, "GET /"),
        (requests.method, "GET"),
        (requests.scenario, "tiny"),
        (requests.instance, "tiny"),
    ):
        assert labels.counts() == {value: count}
    assert requests.ok.all()
    assert set(requests.status.tolist()) == {200}
    assert set(requests.bytes.tolist()) == {len(BODY)}
    assert (requests.intended <= requests.started).all()
    assert (requests.started <= requests.first_byte).all()
    assert (requests.first_byte <= requests.finished).all()


def test_ticks_tell_what_was_played_and_how_well(played: Played) -> None:
    ticks, count = played.ticks, len(played.requests)
    assert [tick.t for tick in ticks] == sorted(tick.t for tick in ticks)
    assert 60 <= sum(tick.arrivals for tick in ticks) <= count
    assert 0 < sum(tick.requests for tick in ticks) <= count
    assert {(tick.errors, tick.not_started) for tick in ticks} == {(0, 0)}
    assert all(tick.lag_max_ms >= 0 and tick.cpu_percent >= 0 and tick.clients > 0 for tick in ticks)
    assert any(tick.p50_ms is not None and tick.p95_ms is not None and tick.p50_ms <= tick.p95_ms for tick in ticks)


def test_arrivals_follow_the_paces_that_they_began_with_and_those_that_they_are_told_later(
    tmp_path: Path, server: TinyServer
) -> None:
    first, later = (Pace(0.4), Pace(10, 2, 2)), (Pace(10, 0.5, 0.5),)
    with load(order_for(tmp_path, server.url, rate=50.0, most_times=2)) as wire:
        at = wire.go(*first)
        turn = at + nanoseconds(1.0)
        wire.tell(Turn(at=turn, paces=later))
        wire.until_played(100)
        assert wire.stop() == Done(unfinished=0)
        assert wire.end() == 0
    course = Course(first)
    course.turn(turn - at, later)
    requests = recorded(tmp_path)
    planned = [course.due(offset) for offset in itertools.islice(constant(50.0), len(requests))]
    assert offsets(requests, at) == planned
    assert [sum(begin <= due / NS < begin + 0.2 for due in planned) for begin in (0, 0.6, 1.2)] == [10, 20, 5]


def test_two_workers_play_one_schedule_between_them(tmp_path: Path, server: TinyServer) -> None:
    orders = [order_for(tmp_path, server.url, worker=worker, workers=2) for worker in (0, 1)]
    with load(orders[0]) as one, load(orders[1]) as other:
        other.hear(Ready)
        at = one.go()
        other.tell(Go(at=at))
        one.until_played(30)
        other.until_played(30)
        for wire in (one, other):
            wire.stop()
            assert wire.end() == 0
    requests = recorded(tmp_path)
    places = offsets(requests, at)
    # One may have been stopped some arrivals after the other: up to then every arrival is there, once.
    assert places[:60] == due(60)
    assert len(places) == len(set(places))
    assert set(places) <= set(due(len(places) * 2))


def test_a_frozen_server_stops_no_arrival_and_latency_counts_from_when_it_was_due(tmp_path: Path) -> None:
    with tiny_server() as server, load(order_for(tmp_path, server.url)) as wire:
        at = wire.go()
        wire.until_played(20)
        frozen = server.freeze()
        wire.until_tick_after(frozen + NS // 2)
        thawed = server.thaw()
        wire.until_tick_after(thawed + NS // 2)
        assert wire.stop() == Done(unfinished=0)
        assert wire.end() == 0
    requests = recorded(tmp_path)
    assert requests.ok.all()
    assert offsets(requests, at) == due(len(requests))
    met = requests.where((requests.intended > frozen) & (requests.intended < thawed))
    sent_meanwhile = met.where(met.started < thawed)
    # Arrivals went on while the server stood still: as many as were due, but for what the machine kept waiting.
    assert len(met) >= 0.5 * RATE - 1
    assert len(sent_meanwhile) > 0
    # None of them can have been answered before the server went on, and each waited since it was due.
    assert (sent_meanwhile.finished >= thawed).all()
    assert (sent_meanwhile.latency_s >= seconds(thawed) - sent_meanwhile.intended / NS).all()
    assert sent_meanwhile.latency_s.max() > 0.4
    assert sum(tick.not_started for tick in wire.ticks) == 0


def test_what_had_no_answer_when_the_load_ended_is_an_error_of_its_arrival(tmp_path: Path) -> None:
    with tiny_server() as server, load(order_for(tmp_path, server.url)) as wire:
        at = wire.go()
        wire.until_played(20)
        frozen = server.freeze()
        wire.until_tick_after(frozen + NS // 2)
        done = wire.stop(patience_s=0.2)
        assert wire.end() == 0
    requests = recorded(tmp_path)
    unfinished = requests.where(requests.failed)
    assert offsets(requests, at) == due(len(requests))
    assert done.unfinished == len(unfinished) > 0
    assert unfinished.error.counts() == {UNFINISHED: len(unfinished)}
    assert (unfinished.intended >= frozen - NS // 2).all()
    assert set(unfinished.status.tolist()) == {0}
    assert set(unfinished.first_byte.tolist()) == {-1}


def test_a_server_that_is_gone_is_an_error_for_each_arrival(tmp_path: Path) -> None:
    with tiny_server() as server, load(order_for(tmp_path, server.url)) as wire:
        at = wire.go()
        wire.until_played(10)
        server.close()
        wire.until_played(40)
        wire.stop()
        assert wire.end() == 0
    requests = recorded(tmp_path)
    assert offsets(requests, at) == due(len(requests))
    assert int(requests.failed.sum()) >= 20
    assert set(requests.status[requests.failed].tolist()) == {0}
    assert sum(tick.errors for tick in wire.ticks) > 0


def test_users_instead_of_a_rate_start_together_and_wait_for_their_answers(tmp_path: Path, server: TinyServer) -> None:
    patient = GET.replace("@task", "wait_time = lambda self: 0.05\n    @task")
    with load(order_for(tmp_path, server.url, patient, rate=None, users=3)) as wire:
        wire.go()
        wire.hear(Tick, lambda tick: tick.clients == 3 and tick.requests > 0)
        wire.stop()
        assert wire.end() == 0
    requests = recorded(tmp_path)
    assert len(requests) > 0
    assert np.array_equal(requests.intended, requests.started)


def test_users_end_with_the_answers_that_they_wait_for(tmp_path: Path, server: TinyServer) -> None:
    hasty = GET.replace("@task", "wait_time = lambda self: 0\n    @task")
    with load(order_for(tmp_path, server.url, hasty, rate=None, users=8)) as wire:
        wire.go()
        wire.hear(Tick, lambda tick: tick.requests > 0)
        assert wire.stop() == Done(unfinished=0)
        assert wire.end() == 0
    requests = recorded(tmp_path)
    assert len(requests) > 0
    assert requests.ok.all()


KEEPS_UP = """
from locust import task

from scenarios.clients.open_user import OpenUser

class Keeps(OpenUser):
    arrivals_per_second = 50

    @task
    def get(self):
        self.client.get("/", name="GET /")
"""


def test_a_user_with_a_schedule_of_its_own_waits_since_it_was_due_and_finishes_when_it_is_answered(
    tmp_path: Path,
) -> None:
    with tiny_server() as server, load(order_for(tmp_path, server.url, KEEPS_UP, rate=None, users=1)) as wire:
        wire.go()
        wire.hear(Tick, lambda tick: tick.requests > 0)
        frozen = server.freeze()
        wire.until_tick_after(frozen + NS // 2)
        thawed = server.thaw()
        wire.until_tick_after(thawed + NS // 2)
        ended = now()
        wire.stop()
        assert wire.end() == 0
    requests = recorded(tmp_path)
    assert (requests.intended <= requests.started).all()
    assert (requests.finished <= ended + NS).all()
    # What was due while it waited for the server was sent only then, and counts from when it was due.
    met = requests.where((requests.intended > frozen + NS // 10) & (requests.intended < thawed))
    assert len(met) > 0
    assert (met.started >= thawed).all()
    assert (met.latency_s >= seconds(thawed) - met.intended / NS).all()
    # A user asks one thing at a time.
    order = np.argsort(requests.started)
    assert (requests.finished[order][:-1] <= requests.started[order][1:]).all()


@pytest.mark.parametrize("how", [{}, {"rate": None, "users": 3}], ids=["a rate", "users"])
def test_writes_are_in_the_ledger_and_read_back_through_the_api(
    tmp_path: Path, server: TinyServer, how: dict[str, Any]
) -> None:
    with load(order_for(tmp_path, server.url, WRITE, **how)) as wire:
        wire.go()
        wire.hear(Tick, lambda _: len(read_writes(tmp_path)) >= 10)
        wire.stop()
        wire.tell(ReadBack())
        read_back = wire.hear(Done).count
        assert wire.end() == 0
    writes = read_writes(tmp_path)
    assert len({write.key for write in writes}) == len(writes) == read_back >= 10
    assert {(write.outcome, write.path) for write in writes} == {(Outcome.ACKNOWLEDGED, "/posts/1")}
    # The server answers "ok" to everything: it serves no key, and the ledger must say so.
    assert {write.served for write in writes} == {False}
    assert recorded(tmp_path).name.counts()["(read back)"] == read_back


def test_its_orders_end_and_with_them_the_process(tmp_path: Path, server: TinyServer) -> None:
    with load(order_for(tmp_path, server.url)) as wire:
        wire.hear(Ready)
        assert wire.end() == 0
    assert len(recorded(tmp_path)) == 0


def test_its_orders_end_while_it_plays_and_what_it_recorded_is_whole(tmp_path: Path, server: TinyServer) -> None:
    with load(order_for(tmp_path, server.url)) as wire:
        at = wire.go()
        wire.until_played(20)
        assert wire.end() == 0
    assert_on_schedule(recorded(tmp_path), at)


def test_its_orders_end_while_no_answer_comes(tmp_path: Path) -> None:
    with tiny_server() as server, load(order_for(tmp_path, server.url)) as wire:
        wire.go()
        wire.until_played(10)
        wire.until_tick_after(server.freeze())
        assert wire.end() == 0


def test_it_ends_when_it_is_killed_and_what_was_flushed_is_read(tmp_path: Path, server: TinyServer) -> None:
    with load(order_for(tmp_path, server.url)) as wire:
        at = wire.go()
        wire.until_played(40)
        flushed = sum(tick.requests for tick in wire.ticks)
    requests, whole = read_requests(tmp_path)
    assert not whole
    assert len(requests) >= flushed > 0
    assert_on_schedule(requests, at)


@pytest.mark.parametrize(
    ("locustfile", "why"),
    [
        ("def broken(:\n", "SyntaxError"),
        ("from locust import task\n", "it defines no Locust user class"),
        ("import a_module_that_nobody_has\n", "No module named 'a_module_that_nobody_has'"),
        (GET + "raise RuntimeError('not today')\n", "RuntimeError: not today"),
        (GET + "import sys; sys.exit()\n", "SystemExit"),
    ],
    ids=["syntax error", "no user class", "missing module", "raises", "exits"],
)
def test_a_file_that_is_no_scenario_is_wrong_usage_and_says_why(tmp_path: Path, locustfile: str, why: str) -> None:
    order = order_for(tmp_path, "http://127.0.0.1:9", locustfile)
    said, status = trouble(order)
    assert said.usage
    assert said.what.startswith(f"{order.file} cannot be used as a scenario: ")
    assert why in said.what
    assert status == 2


def test_a_missing_file_is_wrong_usage(tmp_path: Path) -> None:
    order = order_for(tmp_path, "http://127.0.0.1:9")
    Path(order.file).unlink()
    said, status = trouble(order)
    assert (said.usage, status) == (True, 2)
    assert "scenario.py cannot be used as a scenario" in said.what


def test_a_recording_that_cannot_be_written_is_trouble_but_not_wrong_usage(tmp_path: Path, server: TinyServer) -> None:
    (tmp_path / "requests").mkdir()
    (tmp_path / "requests" / "tiny-0.arrow").symlink_to("/dev/full")
    with load(order_for(tmp_path, server.url)) as wire:
        wire.go()
        said = wire.hear(Trouble)
        assert wire.end() == 1
    assert not said.usage
    assert said.what.startswith("the recording cannot be written: ")
    assert "No space left on device" in said.what
