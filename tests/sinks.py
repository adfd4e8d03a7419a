"""The sinks as a process of their own, and what they kept."""

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from harness.sinks.records import (
    PUSHES_FILE,
    REFUSED_FILE,
    SENTRY_FILE,
    TRACES_FILE,
    Push,
    Refused,
    SentryItem,
    Span,
    read_records,
)
from tests.servers import until

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Sinks:
    """Where they listen, and their folder."""

    url: str
    folder: Path

    @property
    def dsn(self) -> str:
        return self.url.replace("http://", "http://public@") + "/1"

    def sentry(self, kind: str = "event") -> list[SentryItem]:
        return [item for item in read_records(self.folder / SENTRY_FILE, SentryItem) if item.type == kind]

    def spans(self) -> list[Span]:
        return list(read_records(self.folder / TRACES_FILE, Span))

    def pushes(self) -> list[Push]:
        return list(read_records(self.folder / PUSHES_FILE, Push))

    def refused(self) -> list[Refused]:
        return list(read_records(self.folder / REFUSED_FILE, Refused))

    def wait_for(self, what: Callable[[], int], count: int = 1) -> None:
        until(lambda: what() >= count, f"{count} arrived")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


@contextmanager
def running_sinks(folder: Path) -> Iterator[Sinks]:
    """`python -m harness.sinks`, ready."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "harness.sinks"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "PORT": str(port), "SINKS_FOLDER": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    sinks = Sinks(f"http://127.0.0.1:{port}", folder)

    def answers() -> bool:
        assert process.poll() is None
        try:
            return httpx.get(f"{sinks.url}/health", trust_env=False).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    try:
        until(answers, "the sinks answer")
        yield sinks
    finally:
        process.terminate()
        process.wait(10)
