"""Load processes and a real server for them: driven as the harness drives them, over stdin and stdout."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from typing import TypeVar

import msgspec
import psutil

from harness.clock import nanoseconds, now
from harness.lifeline import die_with_parent
from harness.run import Pace
from harness.stacks.embedded.ports import free_ports
from scenarios.clients.orders import Done, Go, LoadOrder, Order, Ready, Report, Stop, Tick, Trouble
from tests.servers import until

PATIENCE_S = 30.0
LEAD_S = 0.2

T = TypeVar("T", bound=Report)

GET = """
from locust import FastHttpUser, task

class Getter(FastHttpUser):
    @task
    def get(self):
        self.client.get("/", name="GET /")
"""


class LoadWire:
    """One load process, told and heard. Its ticks are kept; whatever else it says must be asked for."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.ticks: list[Tick] = []
        self._said: Queue[Report | None] = Queue()
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        decoder = msgspec.json.Decoder(Report)
        for line in self.process.stdout:
            self._said.put(decoder.decode(line))
        self._said.put(None)

    def tell(self, order: Order | LoadOrder) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(msgspec.json.encode(order) + b"\n")
        self.process.stdin.flush()

    def hear(self, kind: type[T], which: Callable[[T], bool] = lambda _: True) -> T:
        """The next report of this kind. Of others, only ticks may come before it."""
        while True:
            try:
                said = self._said.get(timeout=PATIENCE_S)
            except Empty:
                raise AssertionError(f"waited {PATIENCE_S:g} s in vain for a {kind.__name__}") from None
            if isinstance(said, Tick):
                self.ticks.append(said)
            if isinstance(said, kind) and which(said):
                return said
            assert isinstance(said, Tick), f"{said!r} instead of a {kind.__name__}"

    def go(self, *paces: Pace) -> int:
        """Begins, once its clients are ready; returns the schedule's zero."""
        self.hear(Ready)
        at = now() + nanoseconds(LEAD_S)
        self.tell(Go(at=at, paces=paces))
        return at

    def until_played(self, arrivals: int) -> None:
        self.hear(Tick, lambda _: sum(tick.arrivals for tick in self.ticks) >= arrivals)

    def until_tick_after(self, t: int) -> None:
        self.hear(Tick, lambda tick: tick.t >= t)

    def stop(self, patience_s: float = PATIENCE_S) -> Done:
        self.tell(Stop(patience_s=patience_s))
        return self.hear(Done)

    def end(self) -> int:
        """Its orders end; returns its exit status."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(PATIENCE_S)

    def close(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE_S)
        self._listener.join(PATIENCE_S)
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()


def order_for(folder: Path, host: str, locustfile: str = GET, **changes: object) -> LoadOrder:
    """A load of 50 arrivals a second of a locustfile, given as text."""
    file = folder / "scenario.py"
    file.write_text(locustfile)
    order = LoadOrder(file=str(file), host=host, folder=str(folder), scenario="tiny", seed=7, rate=50.0)
    return msgspec.structs.replace(order, **changes)


@contextmanager
def load(order: LoadOrder) -> Iterator[LoadWire]:
    """A load process that was given its first line."""
    with (Path(order.folder) / f"load-{order.worker}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "scenarios.clients.process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            preexec_fn=die_with_parent(),  # noqa: PLW1509
        )
    wire = LoadWire(process)
    try:
        wire.tell(order)
        yield wire
    finally:
        wire.close()


def trouble(order: LoadOrder) -> tuple[Trouble, int]:
    """What a load process says of an order that it cannot obey, and its exit status."""
    with load(order) as wire:
        return wire.hear(Trouble), wire.process.wait(PATIENCE_S)


class TinyServer:
    """The benchmarks' server: answers everything at once, until it is frozen."""

    def __init__(self, process: subprocess.Popen[bytes], url: str) -> None:
        self._process = psutil.Process(process.pid)
        self.url = url

    def freeze(self) -> int:
        """Returns when (ns) it certainly stood still."""
        self._process.suspend()
        until(lambda: self._process.status() == psutil.STATUS_STOPPED, "the server stands still")
        return now()

    def thaw(self) -> int:
        """Returns when (ns) it certainly still stood still."""
        before = now()
        self._process.resume()
        return before

    def close(self) -> None:
        self._process.kill()
        self._process.wait(PATIENCE_S)


@contextmanager
def tiny_server() -> Iterator[TinyServer]:
    [port] = free_ports(1)
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.tiny_server", str(port)],
        stdout=subprocess.PIPE,
        preexec_fn=die_with_parent(),  # noqa: PLW1509
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == b"ready\n"
            yield TinyServer(process, f"http://127.0.0.1:{port}")
        finally:
            process.kill()
