"""Real servers for tests that need one but not a whole stack: the embedded stack's own, started by its own recipes."""

import asyncio
import shutil
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import Signals

from harness import places
from harness.lifeline import die_with_parent
from harness.settings import ServerPaths
from harness.stacks.embedded import binaries, postgres, redis
from harness.stacks.embedded.children import ChildSpec, as_unprivileged
from harness.stacks.embedded.ports import free_ports
from harness.stacks.embedded.site import ADMIN, DATABASE, DB_PASSWORD, HOST, Ports, Site, new_secret
from harness.stacks.plan import StackPlan

PATIENCE_S = 20.0


def new_site(folder: Path) -> Site:
    """A site of its own in `folder`, which must be short enough for a socket's path."""
    folder.chmod(0o711)
    lb, db, pool, cache = free_ports(4)
    return Site(StackPlan(), ServerPaths(), folder, folder, Ports(lb, db, pool, cache, ()), new_secret())


def work_folder(name: str) -> Path:
    folder = places.work_base() / f"harness-test-{name}-{time.monotonic_ns()}"
    folder.mkdir()
    return folder


@contextmanager
def running(spec: ChildSpec, log: Path, ready: Callable[[], Awaitable[bool]]) -> Iterator[None]:
    """A server's process, ready; stopped its own way at the end."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            spec.argv,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **spec.environment},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            preexec_fn=die_with_parent(spec.death_signal),  # noqa: PLW1509
            **(as_unprivileged() if spec.unprivileged else {}),  # type: ignore[call-overload]
        )
    try:
        until(lambda: asyncio.run(_once(ready)), f"{spec.name} is ready")
        yield
    finally:
        process.send_signal(Signals(spec.stop_signal))
        process.wait(PATIENCE_S)


async def _once(ready: Callable[[], Awaitable[bool]]) -> bool:
    return await ready()


def until(holds: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
    """Polls until a condition holds, with a deadline: tests wait for events, never for time."""
    deadline = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < deadline, f"waited {patience_s:g} s in vain until {what}"
        time.sleep(0.01)


@contextmanager
def a_postgres() -> Iterator[str]:
    """The URL of a fresh, empty database, as a user who may create others."""
    folder = work_folder("db")
    site = new_site(folder)
    binary = postgres.usable_binary(site)
    postgres.prepare_data(site, binary)
    with running(postgres.spec(site, binary), folder / "db.log", lambda: postgres.answers(site)):
        yield f"postgresql://{ADMIN}:{DB_PASSWORD}@{HOST}:{site.ports.db}/{DATABASE}"
    shutil.rmtree(folder)


@contextmanager
def a_redis() -> Iterator[str]:
    folder = work_folder("cache")
    site = new_site(folder)
    spec = redis.spec(site, binaries.redis(ServerPaths()))
    with running(spec, folder / "cache.log", lambda: redis.answers(site)):
        yield redis.url(site)
    shutil.rmtree(folder)
