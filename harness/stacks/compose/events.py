"""What the Docker daemon says that happens to containers, and when: its own word, not the moment a call returned."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import docker
import requests

from harness.clock import at_wall_time
from harness.errors import StackError

KEPT = 1000
PATIENCE_S = 10.0


class DaemonEvent(NamedTuple):
    """`t` is the daemon's own time (ns, on the harness's clock), `wall` the same instant in seconds of the wall clock,
    `what` as in "kill", "die", "disconnect".
    """

    t: int
    wall: float
    what: str
    container: str
    attributes: dict[str, str]


class DaemonEvents:
    """Listens from `start` to `stop`, in a thread: the daemon's stream is blocking."""

    def __init__(self, client: docker.DockerClient, heard: Callable[[DaemonEvent], None]) -> None:
        self._client = client
        self._heard = heard
        self._events: list[DaemonEvent] = []
        self._news = asyncio.Event()
        self._stream: Any = None
        self._thread: threading.Thread | None = None

    async def start(self) -> None:
        """From now on nothing is missed."""
        self._loop = asyncio.get_running_loop()
        await asyncio.to_thread(self._open)
        self._thread = threading.Thread(target=self._listen, name="docker events", daemon=True)
        self._thread.start()

    def _open(self) -> None:
        # What happened while the stream opened is sent too; who waits says since when it counts.
        self._stream = self._client.events(
            decode=True, since=int(time.time()), filters={"type": ["container", "network"]}
        )

    def stop(self) -> None:
        if self._stream is not None:
            self._stream.close()
        if self._thread is not None:
            self._thread.join(timeout=5)

    async def when(self, container: str, what: tuple[str, ...], since: int) -> int:
        """When the first such thing happened to a container since then (ns). Raises StackError when it does not."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    self._news.clear()
                    for event in self._events:
                        if event.container == container and event.what in what and event.t >= since:
                            return event.t
                    await self._news.wait()
        except TimeoutError:
            words = " or ".join(what)
            raise StackError(f"the Docker daemon told of no {words} in {PATIENCE_S:g} s", "look at its log") from None

    def _listen(self) -> None:
        try:
            for raw in self._stream:
                event = _read(raw)
                self._loop.call_soon_threadsafe(self._take, event)
        except (
            OSError,
            AttributeError,
            ValueError,
            RuntimeError,
            requests.RequestException,
            docker.errors.DockerException,
        ):
            # The stream was closed, by us or with the daemon, or the loop was: whoever waits runs out of patience.
            return

    def _take(self, event: DaemonEvent) -> None:
        self._events = [*self._events[-KEPT:], event]
        self._news.set()
        self._heard(event)


def _read(raw: dict[str, Any]) -> DaemonEvent:
    actor = raw.get("Actor", {})
    attributes = actor.get("Attributes", {})
    container = attributes.get("container", "") if raw.get("Type") == "network" else actor.get("ID", "")
    wall = int(raw["timeNano"])
    return DaemonEvent(at_wall_time(wall), wall / 1e9, raw["Action"].partition(":")[0], container, attributes)
