"""Every route, met by hostile clients: never a 5xx, never a hang, never a half-written row."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass

import httpx
import psycopg
import pytest
import pytest_asyncio

from target.app import create_app
from target.limits import BodyLimits
from target.routing import Endpoint
from target.settings import Settings
from tests.target import hostile
from tests.target.conftest import Process, serving
from tests.target.people import join

# Each endpoint gets some hundred requests; those to one endpoint come one after the other.
PATIENCE_S = 5.0


@dataclass
class Scene:
    """An application, somebody whom no role keeps out, and a look into the database."""

    client: httpx.AsyncClient
    endpoints: list[Endpoint]
    database: psycopg.Connection
    people: int = 0

    async def log_in(self) -> None:
        """As an admin, unless the last endpoint left us logged in."""
        if (await self.client.get("/users/me")).status_code == httpx.codes.OK:
            return
        self.people += 1
        somebody = await join(self.client, f"Admin{self.people}")
        self.database.execute("update users set role = 'admin' where id = %s", (somebody.id,))
        credentials = {"email": f"admin{self.people}@example.org", "password": "engine-no-1"}
        session = (await self.client.post("/auth/login", json=credentials)).json()
        self.client.headers["Authorization"] = f"Bearer {session['access_token']}"

    async def ask(self, endpoint: Endpoint, path: str | None = None, **request: object) -> httpx.Response:
        """One request, which must be answered, and by no error of the server's own."""
        method = request.pop("method", endpoint.method)
        async with asyncio.timeout(PATIENCE_S):
            answer = await self.client.request(str(method), path or hostile.path_of(endpoint), **request)  # type: ignore[arg-type]
        assert answer.status_code < 500 or answer.status_code in endpoint.problems, (
            endpoint.name,
            request,
            answer.text,
        )
        if answer.status_code >= 400:
            assert answer.headers["Content-Type"] == "application/problem+json", (endpoint.name, request)
        return answer

    def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        tables = self.database.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
        return {
            name: self.database.execute(f"select count(*) from {name}".encode()).fetchone()[0]  # type: ignore[index]
            for (name,) in tables
        }


@pytest_asyncio.fixture
async def scene(settings: Settings, migrated_url: str) -> AsyncIterator[Scene]:
    app = create_app(settings)
    with psycopg.connect(migrated_url, autocommit=True) as database:
        async with serving(app) as client:
            endpoints = [route for route in app.routes if isinstance(route, Endpoint)]
            found = Scene(client, endpoints, database)
            await found.log_in()
            await client.post("/posts", json={"body": "here before"})
            yield found


async def test_no_body_that_is_none_gets_in(scene: Scene) -> None:
    for endpoint in [one for one in scene.endpoints if one.takes is not None]:
        await scene.log_in()
        before = scene.rows()
        for body in hostile.bodies(endpoint):
            answer = await scene.ask(endpoint, content=body, headers=hostile.JSON)
            assert 400 <= answer.status_code < 500, (endpoint.name, body[:80])
        assert scene.rows() == before, endpoint.name


async def test_a_body_that_nobody_asked_for_is_no_trouble(scene: Scene) -> None:
    for endpoint in [one for one in scene.endpoints if one.takes is None]:
        await scene.log_in()
        for body in hostile.bodies(endpoint):
            await scene.ask(endpoint, content=body, headers=hostile.JSON)


async def test_no_type_but_json_is_read_as_json(scene: Scene) -> None:
    for endpoint in scene.endpoints:
        await scene.log_in()
        before = scene.rows()
        for content_type in hostile.BAD_TYPES:
            headers = [(b"content-type", content_type.encode("latin-1"))]
            answer = await scene.ask(endpoint, content=b"[]", headers=headers)
            assert endpoint.takes is None or answer.status_code in (415, 422), (endpoint.name, content_type)
        assert endpoint.takes is None or scene.rows() == before, endpoint.name


async def test_ids_and_queries_may_be_anything(scene: Scene) -> None:
    for endpoint in scene.endpoints:
        await scene.log_in()
        for number in hostile.BAD_IDS if endpoint.param_convertors else ():
            answer = await scene.ask(endpoint, hostile.path_of(endpoint, number), content=b"{}", headers=hostile.JSON)
            assert answer.status_code >= 400 or endpoint.method == "DELETE", (endpoint.name, number)
        for query in hostile.queries(endpoint):
            await scene.ask(endpoint, f"{hostile.path_of(endpoint)}?{query.decode()}")


async def test_headers_may_be_anything(scene: Scene) -> None:
    for endpoint in scene.endpoints:
        await scene.log_in()
        for headers in hostile.BAD_HEADERS:
            raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
            await scene.ask(endpoint, headers=raw)


async def test_other_methods_are_refused_with_those_that_are_taken(scene: Scene) -> None:
    paths = {hostile.path_of(endpoint) for endpoint in scene.endpoints}
    for path in paths:
        answer = await scene.client.request("BREW", path)
        assert answer.status_code == 405
        allowed = set(answer.headers["Allow"].split(", "))
        for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} - allowed:
            assert (await scene.client.request(method, path)).status_code == 405, (method, path)
    assert {endpoint.method for endpoint in scene.endpoints} >= {"GET", "POST", "PUT", "PATCH", "DELETE"}


async def test_a_body_that_does_not_end_is_given_up(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BodyLimits.__init__, "__defaults__", (64 * 1024, 0.3, None))

    async def never_ends() -> AsyncIterator[bytes]:
        yield b'{"'
        await asyncio.Event().wait()

    before = scene.rows()
    readers = [one for one in scene.endpoints if one.takes is not None]
    async with asyncio.timeout(PATIENCE_S):
        app = create_app(scene.client._transport.app.state.services.settings)  # type: ignore[attr-defined]
        async with serving(app) as hasty:
            hasty.headers["Authorization"] = scene.client.headers["Authorization"]
            answers = await asyncio.gather(
                *(
                    hasty.request(one.method, hostile.path_of(one), content=never_ends(), headers=hostile.JSON)
                    for one in readers
                )
            )
    assert {answer.status_code for answer in answers} == {408}
    assert scene.rows() == before


RAW = [
    b"Content-Length: 2\r\nContent-Length: 200\r\n\r\n{}",
    b"Content-Length: -1\r\n\r\n{}",
    b"Content-Length: 99999999999999999999999\r\n\r\n{}",
    b"Content-Length: two\r\n\r\n{}",
    b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\nzz\r\n{}",
    b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}",
    b"X: " + b"a" * 200_000 + b"\r\n\r\n",
    b"X\xff\xfe: \x00\r\n\r\n",
    b"no colon\r\n\r\n",
]


def test_broken_http_is_answered_or_hung_up_on(
    settings: Settings, launch: Callable[..., Process], migrated_url: str
) -> None:
    endpoints = [route for route in create_app(settings).routes if isinstance(route, Endpoint)]
    process = launch()
    for endpoint in endpoints:
        start = f"{endpoint.method} {hostile.path_of(endpoint)} HTTP/1.1\r\nHost: a\r\n".encode()
        for rest in RAW:
            with socket.create_connection(("127.0.0.1", process.port), timeout=PATIENCE_S) as wire:
                answer = b""
                try:
                    wire.sendall(start + b"Connection: close\r\n" + rest)
                    with suppress(OSError):
                        # The server may have hung up already.
                        wire.shutdown(socket.SHUT_WR)
                    answer = wire.recv(4096)
                except ConnectionError:
                    pass
                assert not answer.startswith(b"HTTP/1.1 5"), (endpoint.name, rest[:60])
        # Half a body, and gone.
        with socket.create_connection(("127.0.0.1", process.port), timeout=PATIENCE_S) as wire:
            wire.sendall(start + b'Content-Type: application/json\r\nContent-Length: 500\r\n\r\n{"body": "hal')
    with psycopg.connect(migrated_url) as conn:
        assert conn.execute("select count(*) from users").fetchone() == (0,)
    assert httpx.get(f"http://127.0.0.1:{process.port}/health/live").status_code == 200
