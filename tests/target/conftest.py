"""What the target's tests need: its own database, an application with its lifespan, a process of it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
import pytest_asyncio
import redis as redis_sync
from starlette.applications import Starlette
from starlette.types import ASGIApp

from target.app import create_app
from target.db.migrate import migrate
from target.db.url import DatabaseUrl
from target.settings import Settings
from target.variables import Rate

SECRET = "correct-horse-battery-staple-0123456789-and-some-more"
ROOT = Path(__file__).parents[2]

Serve = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def empty_database_url(database_url: str) -> Iterator[str]:
    """A database of this test alone, with nothing in it."""
    name = f"target_{uuid.uuid4().hex}"
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute(f"create database {name}".encode())
        yield urlsplit(database_url)._replace(path=f"/{name}").geturl()
        admin.execute(f"drop database {name} with (force)".encode())


@pytest.fixture(scope="session")
def migrated_url(database_url: str) -> Iterator[str]:
    """A database with the schema, for the whole session."""
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute("create database target_tests")
        url = urlsplit(database_url)._replace(path="/target_tests").geturl()
        with psycopg.connect(url, autocommit=True) as conn:
            migrate(conn)
        yield url
        admin.execute("drop database target_tests with (force)")


@pytest.fixture
def settings(migrated_url: str, redis_url: str) -> Settings:
    """Settings of an application whose database and cache are empty."""
    with psycopg.connect(migrated_url, autocommit=True) as conn:
        conn.execute("truncate users, posts, conversations, erasures restart identity cascade")
    with redis_sync.Redis.from_url(redis_url) as client:
        client.flushdb()
    return Settings(
        database=DatabaseUrl.parse(f"{migrated_url}?connection_limit=3&pool_timeout=1"),
        redis_url=redis_url,
        jwt_secret=SECRET,
        environment="test",
        app_version="1.2.3",
        instance_name="test-1",
        log_level="error",
        # All tests ask from one address, many of them more often than people may.
        rate_limit=Rate(1_000_000, 60),
    )


@asynccontextmanager
async def serving(app: Starlette, outermost: ASGIApp | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application, inside of the application's lifespan."""
    transport = httpx.ASGITransport(outermost or app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://target") as client,
    ):
        yield client


@pytest.fixture
def serve(settings: Settings) -> Serve:
    """`async with serve(log_level="info") as client`: an application with some settings changed."""

    def start(**changes: Any) -> AbstractAsyncContextManager[httpx.AsyncClient]:
        return serving(create_app(replace(settings, **changes)))

    return start


@pytest_asyncio.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client that is not logged in."""
    async with serving(create_app(settings)) as found:
        yield found


async def register(client: httpx.AsyncClient, email: str = "ada@example.org", name: str = "Ada") -> httpx.Response:
    """A new account, whose token the client carries from here on."""
    answer = await client.post("/auth/register", json={"email": email, "password": "engine-no-1", "name": name})
    if answer.status_code == httpx.codes.CREATED:
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return answer


@pytest_asyncio.fixture
async def ada(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """A client that is logged in."""
    assert (await register(client)).status_code == httpx.codes.CREATED
    return client


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 10.0) -> None:
    """Ask again until it is so; fail when it does not become so."""
    deadline = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < deadline, "it did not become so in time"


@dataclass
class Process:
    """A real `python -m target`."""

    environment: dict[str, str]
    arguments: tuple[str, ...] = ()
    port: int = 0
    running: subprocess.Popen[str] = field(init=False)

    def __post_init__(self) -> None:
        if self.port == 0:
            with socket.create_server(("127.0.0.1", 0)) as free:
                self.port = free.getsockname()[1]
        self.running = subprocess.Popen(
            [sys.executable, "-m", "target", *self.arguments],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "PORT": str(self.port), **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def listens(self) -> bool:
        """Whether a connection is accepted now."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def wait_until(self, condition: Callable[[], bool], seconds: float = 10.0) -> None:
        """Poll a condition while the process runs."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert self.running.poll() is None, self.running.communicate()
            assert time.monotonic() < deadline, "it did not become so in time"
            time.sleep(0.01)

    def end(self, sig: signal.Signals | None = None) -> tuple[int, str, str]:
        """Exit status, stdout and stderr, after a signal or of itself."""
        if sig is not None:
            self.running.send_signal(sig)
        out, err = self.running.communicate(timeout=20)
        return self.running.returncode, out, err


@pytest.fixture
def launch(migrated_url: str, redis_url: str) -> Iterator[Callable[..., Process]]:
    """`launch("module:factory", PORT="1")`: a process, when it listens; with `wait=False`, at once."""
    processes: list[Process] = []

    def start(*arguments: str, wait: bool = True, **environment: str) -> Process:
        good = {
            "DATABASE_URL": f"{migrated_url}?connection_limit=2&pool_timeout=1",
            "REDIS_URL": redis_url,
            "JWT_SECRET": SECRET,
            "INSTANCE_NAME": "process-1",
            "DRAIN_SECONDS": "0",
            "RATE_LIMIT": "1000000/minute",
        }
        port = int(environment.pop("PORT", "0"))
        processes.append(Process({**good, **environment}, arguments, port))
        if wait:
            processes[-1].wait_until(processes[-1].listens)
        return processes[-1]

    yield start
    for process in processes:
        if process.running.poll() is None:
            process.running.kill()
            process.running.communicate()
