"""What browsers are told, which origins may read, and whose request it is."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
import pytest_asyncio
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from target.security.headers import SECURITY_HEADERS, SecurityHeaders
from target.security.proxies import Proxies
from target.variables import networks
from tests.target.conftest import Process, Serve, register

APP = "https://app.example.org"
HELMET = {name.decode(): value.decode() for name, value in SECURITY_HEADERS}


class TestHeaders:
    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/health", 200),
            ("GET", "/feed", 401),
            ("GET", "/nothing", 404),
            ("DELETE", "/feed", 405),
            ("POST", "/auth/login", 400),
            ("GET", "/metrics", 200),
            ("GET", "/openapi.json", 200),
        ],
    )
    async def test_helmets_headers_are_on_every_answer(
        self, client: httpx.AsyncClient, method: str, path: str, status: int
    ) -> None:
        answer = await client.request(method, path)
        assert answer.status_code == status
        assert {name: answer.headers.get(name) for name in HELMET} == HELMET
        assert not {"server", "x-powered-by"} & set(answer.headers)

    async def test_they_are_on_an_answer_to_what_nobody_foresaw(
        self, serve: Serve, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(_: object) -> None:
            raise RuntimeError("unforeseen")

        monkeypatch.setattr("target.auth.sessions._hash", fail)
        async with serve() as client:
            answer = await client.post("/auth/refresh", json={"refresh_token": "x"})
        assert answer.status_code == 500
        assert {name: answer.headers.get(name) for name in HELMET} == HELMET

    def test_they_are_on_what_the_server_itself_answers(self, launch: Callable[..., Process]) -> None:
        with socket.create_connection(("127.0.0.1", launch().port), timeout=5) as raw:
            raw.sendall(b"GARBAGE\r\n\r\n")
            answer = b"".join(iter(lambda: raw.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 400 ")
        for name, value in SECURITY_HEADERS:
            assert b"\r\n%s: %s\r\n" % (name, value) in answer

    async def test_a_stricter_policy_of_a_route_stays(self) -> None:
        async def strict(scope: Scope, receive: Receive, send: Send) -> None:
            await Response("", headers={"Content-Security-Policy": "sandbox"})(scope, receive, send)

        transport = httpx.ASGITransport(SecurityHeaders(strict))
        async with httpx.AsyncClient(transport=transport, base_url="http://target") as client:
            answer = await client.get("/")
        assert answer.headers.get_list("Content-Security-Policy") == ["sandbox"]
        assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


class TestCors:
    @pytest_asyncio.fixture
    async def client(self, serve: Serve) -> AsyncIterator[httpx.AsyncClient]:
        async with serve(cors_origins=(APP, "https://admin.example.org")) as found:
            yield found

    @staticmethod
    def allowance(answer: httpx.Response) -> dict[str, str]:
        return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}

    @pytest.mark.parametrize("path", ["/health", "/feed", "/nothing"])
    async def test_a_listed_origin_may_read_what_comes_errors_too(self, client: httpx.AsyncClient, path: str) -> None:
        answer = await client.get(path, headers={"Origin": APP})
        assert answer.headers["Access-Control-Allow-Origin"] == APP
        assert answer.headers["Access-Control-Allow-Credentials"] == "true"
        assert "X-Trace-Id" in answer.headers["Access-Control-Expose-Headers"]
        assert answer.headers["Vary"] == "Origin"

    @pytest.mark.parametrize(
        "origin",
        [
            "https://evil.example",
            "https://app.example.org.evil.example",
            "https://evil.app.example.org",
            "http://app.example.org",
            "https://app.example.org:444",
            "HTTPS://APP.EXAMPLE.ORG",
            "null",
            "*",
            "",
        ],
    )
    async def test_any_other_origin_gets_no_allowance(self, client: httpx.AsyncClient, origin: str) -> None:
        plain = await client.get("/health", headers={"Origin": origin})
        preflight = await client.options("/feed", headers={"Origin": origin, "Access-Control-Request-Method": "GET"})
        assert self.allowance(plain) == self.allowance(preflight) == {}
        assert plain.headers["Vary"] == "Origin"

    async def test_a_preflight_tells_what_may_be_asked(self, client: httpx.AsyncClient) -> None:
        asked = {"Origin": APP, "Access-Control-Request-Method": "PATCH"}
        answer = await client.options("/users/me", headers=asked)
        assert (answer.status_code, answer.content) == (204, b"")
        assert "PATCH" in answer.headers["Access-Control-Allow-Methods"].split(", ")
        assert "Authorization" in answer.headers["Access-Control-Allow-Headers"].split(", ")
        assert answer.headers["Access-Control-Allow-Origin"] == APP
        assert answer.headers["X-Content-Type-Options"] == "nosniff"

    async def test_without_origins_nobody_is_allowed(self, serve: Serve) -> None:
        async with serve() as client:
            answer = await client.get("/health", headers={"Origin": APP})
            preflight = await client.options("/feed", headers={"Origin": APP, "Access-Control-Request-Method": "GET"})
        assert self.allowance(answer) == self.allowance(preflight) == {}
        assert preflight.status_code == 405


def request_from(peer: str, *forwarded: str) -> Scope:
    return {"type": "http", "client": (peer, 1), "headers": [(b"x-forwarded-for", f.encode()) for f in forwarded]}


class TestProxies:
    PROXIES = Proxies(networks("10.0.0.0/8, 2001:db8:1::/48"))

    @pytest.mark.parametrize(
        ("peer", "forwarded", "client"),
        [
            ("198.51.100.7", [], "198.51.100.7"),
            ("198.51.100.7", ["203.0.113.9"], "198.51.100.7"),  # who is no proxy is not believed
            ("10.0.0.1", [], "10.0.0.1"),
            ("10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", ["1.1.1.1, 203.0.113.9"], "203.0.113.9"),  # the left is the client's own word
            ("10.0.0.1", ["1.1.1.1", "203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", ["203.0.113.9, 10.0.0.2"], "203.0.113.9"),
            ("10.0.0.1", ["203.0.113.9", "10.0.0.2,10.0.0.3"], "203.0.113.9"),
            ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            ("10.0.0.1", ["203.0.113.9:4711"], "203.0.113.9"),
            ("2001:db8:1::1", ["[2001:db8:2::9]:4711"], "2001:db8:2::9"),
            ("::ffff:10.0.0.1", ["::ffff:203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", ["203.0.113.9, nonsense"], "10.0.0.1"),
            ("10.0.0.1", ["203.0.113.9, nonsense, 10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", [""], "10.0.0.1"),
            ("10.0.0.1", ["1.1.1.1," * 1000 + "203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", ["10.0.0.2," * 1000 + "10.0.0.3"], "10.0.0.2"),
        ],
    )
    def test_the_client_is_the_rightmost_that_is_no_proxy(self, peer: str, forwarded: list[str], client: str) -> None:
        assert self.PROXIES.client_address(request_from(peer, *forwarded)) == client

    def test_without_proxies_nobody_is_believed(self) -> None:
        assert Proxies(()).client_address(request_from("127.0.0.1", "203.0.113.9")) == "127.0.0.1"

    def test_a_socket_without_an_address_is_nobody(self) -> None:
        assert self.PROXIES.client_address({"type": "http", "client": None, "headers": []}) == ""

    async def test_limits_count_by_it(self, serve: Serve) -> None:
        # The transport of these tests connects from 127.0.0.1.
        async with serve(trusted_proxies=networks("127.0.0.1")) as client:
            await register(client)
            left = [
                int((await client.get("/feed", headers={"X-Forwarded-For": chain})).headers["RateLimit-Remaining"])
                for chain in ("203.0.113.9", "1.1.1.1, 203.0.113.9", "203.0.113.10")
            ]
        assert left[0] - left[1] == 1
        assert left[2] == left[0]
