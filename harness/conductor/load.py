"""Load, from the harness's side: the processes that make it, what they are told and what they report."""

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar, Self

import msgspec

from harness import discovery
from harness.checks.generator import ROLE
from harness.errors import InconclusiveError, StackError, UsageError
from harness.lifeline import die_with_parent, watch_exit
from harness.run import GaugeWriter, Pace, Sample
from harness.uncancelled import to_the_end
from scenarios.clients.orders import Done, Go, LoadOrder, Order, ReadBack, Ready, Report, Stop, Tick, Trouble, Turn

START_PATIENCE_S = 60.0
ANSWER_PATIENCE_S = 60.0
READ_BACK_PATIENCE_S = 0.02
"""For each write, of which eight are asked for at a time. An answer takes a few milliseconds."""
CLOSE_PATIENCE_S = 5.0

# What of a tick becomes a gauge of the generator.
GAUGES = (
    "arrivals",
    "late",
    "not_started",
    "broke_off",
    "lag_max_ms",
    "cpu_percent",
    "rss_bytes",
    "clients",
    "in_flight",
)

OnTick = Callable[[Tick], None]


class LoadProcess:
    """One process, one worker of one load."""

    module: ClassVar[str] = "scenarios.clients.process"

    def __init__(
        self, order: LoadOrder, gauges: GaugeWriter, on_tick: OnTick, on_trouble: Callable[[str], None]
    ) -> None:
        self._order = order
        self._gauges = gauges
        self._on_tick = on_tick
        self._on_trouble = on_trouble
        self._answers: asyncio.Queue[Ready | Done | Trouble] = asyncio.Queue()
        self._process: subprocess.Popen[bytes] | None = None
        self._exited = asyncio.Event()
        self._closing = self._killed = False
        self._listening: asyncio.Task[None] | None = None
        self.subject = f"{order.scenario}-{order.worker}"

    def spawn(self) -> None:
        """Begins the process, and does not wait for it: what it needs is imported by the time there is a host."""
        with (Path(self._order.folder) / "logs" / f"load-{self.subject}.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self.module],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                # Ctrl-C is the harness's to handle: the load goes on until it is told to stop.
                start_new_session=True,
                preexec_fn=die_with_parent(),  # noqa: PLW1509
            )
        watch_exit(self._process, self._ended)
        self._listening = asyncio.create_task(self._listen())
        self._listening.add_done_callback(self._deaf)

    async def start(self, host: str) -> None:
        """Returns when its clients are logged in at the host. Raises UsageError when its locustfile cannot be used."""
        self._write(msgspec.structs.replace(self._order, host=host))
        answer = await self._answer(START_PATIENCE_S)
        if not isinstance(answer, Ready):
            raise StackError(f"the load process of {self.subject} answered {answer!r}")

    async def go(self, at: int, paces: tuple[Pace, ...] = ()) -> None:
        self._write(Go(at=at, paces=paces))

    async def turn(self, at: int, paces: tuple[Pace, ...]) -> None:
        self._write(Turn(at=at, paces=paces))

    async def stop(self, patience_s: float) -> Done:
        self._write(Stop(patience_s=patience_s))
        return await self._done(patience_s + ANSWER_PATIENCE_S)

    async def read_back(self, patience_s: float) -> Done:
        self._write(ReadBack())
        return await self._done(patience_s)

    async def close(self) -> None:
        """Ends the process: its orders end, and with them what it does."""
        self._closing = True
        if self._process is None or self._process.stdin is None:
            return
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            async with asyncio.timeout(CLOSE_PATIENCE_S):
                await self._exited.wait()
        except TimeoutError:
            self._killed = True
            self._process.kill()
            await self._exited.wait()
        if self._listening is not None:
            await asyncio.gather(self._listening, return_exceptions=True)

    def _deaf(self, listening: asyncio.Task[None]) -> None:
        if not listening.cancelled() and (error := listening.exception()) is not None:
            text = f"what the load process of {self.subject} reports cannot be read: {error}"
            self._on_trouble(text)
            self._answers.put_nowait(Trouble(what=text))

    def _ended(self, code: int) -> None:
        self._exited.set()
        if self._killed:
            ending = Trouble(
                what=f"the load process of {self.subject} did not end in {CLOSE_PATIENCE_S:g} s when it was told to"
            )
        elif code or not self._closing:
            log = f"logs/load-{self.subject}.log"
            ending = Trouble(what=f"the load process of {self.subject} ended by itself (status {code}); see {log}")
        else:
            return
        self._on_trouble(ending.what)
        self._answers.put_nowait(ending)

    def _write(self, order: Order | LoadOrder) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        # A broken pipe is a load process that has ended, of which its end tells.
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(msgspec.json.encode(order) + b"\n")
            self._process.stdin.flush()

    async def _done(self, patience_s: float) -> Done:
        answer = await self._answer(patience_s)
        if not isinstance(answer, Done):
            raise InconclusiveError(f"the load process of {self.subject} answered {answer!r}")
        return answer

    async def _answer(self, patience_s: float) -> Ready | Done:
        try:
            async with asyncio.timeout(patience_s):
                answer = await self._answers.get()
        except TimeoutError:
            raise InconclusiveError(f"the load process of {self.subject} did not answer in {patience_s:g} s") from None
        if isinstance(answer, Trouble):
            raise (UsageError if answer.usage else InconclusiveError)(answer.what)
        return answer

    async def _listen(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, self._process.stdout)
        decoder = msgspec.json.Decoder(Report)
        async for line in reader:
            message = decoder.decode(line)
            if isinstance(message, Tick):
                for metric in GAUGES:
                    value = float(getattr(message, metric))
                    self._gauges.add(Sample(message.t, ROLE, self.subject, metric, value))
                self._on_tick(message)
            else:
                if isinstance(message, Trouble):
                    self._on_trouble(message.what)
                self._answers.put_nowait(message)


class LoadGroup:
    """All load processes of a drill, as one. An async context: they begin and end with it."""

    def __init__(self, processes: Sequence[LoadProcess]) -> None:
        self._processes = processes

    async def __aenter__(self) -> Self:
        try:
            for process in self._processes:
                process.spawn()
        except BaseException:
            await to_the_end(self._close())
            raise
        return self

    async def __aexit__(self, *exception: object) -> None:
        await to_the_end(self._close())

    @asynccontextmanager
    async def on(self, host: str) -> AsyncIterator[None]:
        """Its clients are logged in at the host, and they leave before the host does."""
        try:
            for process in self._processes:
                await process.start(host)
            yield
        finally:
            await to_the_end(self._close())

    async def _close(self) -> None:
        await asyncio.gather(*(process.close() for process in self._processes))

    async def go(self, at: int, paces: tuple[Pace, ...] = ()) -> None:
        """The first arrival is at `at` (ns), and from then on these paces follow each other."""
        for process in self._processes:
            await process.go(at, paces)

    async def turn(self, at: int, paces: tuple[Pace, ...]) -> None:
        """From `at` (ns), which must be yet to come for every process, these paces follow each other."""
        for process in self._processes:
            await process.turn(at, paces)

    async def stop(self, patience_s: float) -> int:
        """Returns how many requests had no answer when the patience ended."""
        done = await asyncio.gather(*(process.stop(patience_s) for process in self._processes))
        return sum(answer.unfinished for answer in done)

    async def read_back(self, writes: int) -> int:
        """Asks for every write of its own; there are so many together. Raises InconclusiveError."""
        patience_s = ANSWER_PATIENCE_S + writes * READ_BACK_PATIENCE_S
        done = await asyncio.gather(*(process.read_back(patience_s) for process in self._processes))
        return sum(answer.count for answer in done)


def locustfile(scenario: str, scenarios_folder: Path) -> Path:
    """The file of a scenario, given by name or by path. Raises UsageError that lists the names there are."""
    if os.sep in scenario or scenario.endswith(".py"):
        path = Path(scenario)
        if not path.is_file():
            raise UsageError(f"there is no locustfile {scenario}", "name a file, or a scenario by its name")
        # Not where a link leads to: beside the link is what the file imports, and its name is the scenario's.
        return path.absolute()
    path = scenarios_folder / f"{scenario.replace('-', '_')}.py"
    if not path.is_file():
        known = sorted(file.stem.replace("_", "-") for file in scenarios_folder.glob("[a-z]*.py"))
        raise discovery.unknown("scenario", scenario, known)
    return path
