"""conduct: plan, act, record, judge, show, for one drill on one stack."""

import asyncio
import contextlib
import errno
import random
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import NamedTuple

import msgspec
import psycopg

import reports
import scenarios
from harness.checks.judge import judge, write_verdict
from harness.checks.slo import Slo
from harness.clock import ClockOffset, nanoseconds, now, seconds
from harness.conductor.folder import new_run_folder
from harness.conductor.live import LiveView
from harness.conductor.load import LoadGroup, LoadProcess, locustfile
from harness.conductor.readback import read_back_from_sql
from harness.conductor.timeline import Aborted, Timeline, foreseen
from harness.drill import Ask, Drill
from harness.errors import HarnessError, InconclusiveError, Interrupted, NotApplicable, UsageError
from harness.fault import Fault
from harness.finding import Verdict, VerdictDocument
from harness.journal import Journal
from harness.prober import Prober
from harness.progress.base import Progress
from harness.run import (
    SCHEMA,
    EventLog,
    GaugeWriter,
    HostFacts,
    Interfered,
    ObservationLog,
    Run,
    RunPlan,
    StackFacts,
    harness_version,
)
from harness.run.writes import read_writes
from harness.sampling.own import OwnMeter
from harness.sampling.sampler import Sampler
from harness.settings import Settings
from harness.stack import (
    Accompanied,
    Containers,
    Deployable,
    Encrypted,
    Harmable,
    Inspectable,
    Processes,
    Proxied,
    Stack,
    Watched,
)
from harness.uncancelled import was_interrupted
from harness.watchdog import Watchdog
from scenarios.clients.orders import LoadOrder

LEAD_S = 0.2
"""From the order to the first arrival: time for the order to reach every load process."""

DRAIN_PATIENCE_S = 11.0
"""For what is under way at the end: a little more than the scenarios' own time-out."""

WANTED: dict[type[object], tuple[str, str]] = {
    Harmable: ("is not the harness's own", "run it with --stack embedded or --stack compose, which it starts itself"),
    Deployable: ("has no other version to deploy", "run it with --stack embedded or --stack compose"),
    Proxied: ("has no fault proxy between its members", "run it with --stack embedded or --stack compose"),
    Accompanied: ("has no processes beside it", "run it with --stack embedded or --stack compose"),
    Processes: ("has no processes of this machine", "run it with --stack embedded"),
    Inspectable: ("cannot be looked into", "run it with --stack embedded or --stack compose"),
    Encrypted: ("has no certificates of the harness's own", "run it with --stack embedded or --stack compose"),
    Containers: ("does not run in containers", "run it with --stack compose"),
}
"""Of each kind of stack that a fault may want: what a stack that is not of that kind lacks, and what to do."""

Show = Callable[[Run, VerdictDocument, Path], object]
"""Makes what people look at, in the run's folder."""

OpenStack = Callable[[Path, EventLog, Progress], AbstractAsyncContextManager[Stack]]


class Conducted(NamedTuple):
    folder: Path
    verdict: VerdictDocument
    seconds: float


async def conduct(
    drill: Drill,
    open_stack: OpenStack,
    settings: Settings,
    progress: Progress,
    seed: int,
    defect: str | None = None,
    show: Show = reports.render,
) -> Conducted:
    """Raises HarnessError; whatever happens, faults are healed, the stack is stopped, and what was recorded is kept.

    `open_stack(run_folder, events, progress)` gives the context of the stack to run on.
    """
    began = now()
    drill = drill.of_seed(seed)
    files = [locustfile(load.scenario, Path(scenarios.__file__).parent) for load in drill.loads]
    folder = new_run_folder(Path(settings.runs), drill.name or "load")
    conductor = _Conductor(drill, files, folder, settings, progress, seed, defect)
    stopped: HarnessError | None = None
    try:
        with _no_room_is_an_error(folder):
            await conductor.record(open_stack)
    except NotApplicable:
        raise
    except (KeyboardInterrupt, asyncio.CancelledError):
        stopped = Interrupted(f"interrupted; what was recorded is in {folder}")
    except HarnessError as error:
        conductor.note_trouble(str(error))
        # Whoever interrupted it is not to wait for the next drill because undoing this one met trouble.
        stopped = Interrupted(f"interrupted; what was recorded is in {folder}") if was_interrupted(error) else error
    finally:
        with _no_room_is_an_error(folder):
            conductor.close()
    if not folder.is_dir():
        raise _gone(folder)
    document = judge_and_show(folder, show)
    if isinstance(stopped, InconclusiveError):
        # Spoilt, but judged and shown: the verdict says so itself.
        progress.say(str(stopped))
    elif stopped is not None:
        raise stopped
    return Conducted(folder, document, seconds(now() - began))


def does_not_fit(drill: Drill, fault: Fault, kind: str) -> NotApplicable:
    """A stack of this kind is not what a drill's fault wants: why, and what to do."""
    lacks, todo = WANTED.get(fault.wants, (f"is not {fault.wants.__name__}", "run it on one that is"))
    return NotApplicable(
        f"{drill.name} is not applicable: {fault.describe()} cannot be done to the {kind} stack, which {lacks}", todo
    )


def judge_and_show(folder: Path, show: Show = reports.render) -> VerdictDocument:
    """From a run's folder alone: the verdict, and everything that people look at."""
    with _no_room_is_an_error(folder):
        run = Run.open(folder)
        document = judge(run)
        write_verdict(folder, document)
        show(run, document, folder)
    return document


class _Conductor:
    """What belongs to one run while it is recorded."""

    def __init__(
        self,
        drill: Drill,
        files: list[Path],
        folder: Path,
        settings: Settings,
        progress: Progress,
        seed: int,
        defect: str | None,
    ) -> None:
        self._drill = drill
        self._files = files
        self._folder = folder
        self._settings = settings
        self._progress = progress
        self._seed = seed
        self._plan = RunPlan(
            schema=SCHEMA,
            harness=harness_version(),
            drill=drill.planned(),
            stack=StackFacts(kind="", url=""),
            clock=ClockOffset.read(),
            host=HostFacts.here(),
            seed=seed,
            limits=settings.generator,
            defect=defect,
        )
        self._plan.write(folder)
        (folder / "logs").mkdir()
        self._events = EventLog(folder)
        self._gauges = GaugeWriter(folder)
        self._journal = Journal(folder)
        self._observations = ObservationLog(folder)
        self._live = LiveView(drill.abort, progress)

    def close(self) -> None:
        self._gauges.close()
        self._observations.close()
        self._journal.close()
        self._events.close()

    async def record(self, open_stack: OpenStack) -> None:
        with Watchdog(self._folder) as watchdog:
            try:
                # The load processes import what they need while the stack starts.
                async with self._load() as load, open_stack(self._folder, self._events, self._progress) as stack:
                    self._plan = msgspec.structs.replace(self._plan, stack=stack.facts)
                    self._plan.write(self._folder)
                    self._refuse_what_does_not_fit(stack)
                    if isinstance(stack, Watched):
                        stack.when_taken(self._interfered)
                    async with self._sampler(stack), self._clients(stack, load):
                        await self._play(stack, load)
                        await self._read_back(stack, load)
            except (KeyboardInterrupt, asyncio.CancelledError):
                self._events.note("interrupted before its end", problem=True)
                raise
            if not watchdog.alive:
                self._events.note("the watchdog died: had the harness died too, nobody would have healed", problem=True)

    def _sampler(self, stack: Stack) -> Sampler:
        return Sampler([*stack.meters(), OwnMeter()], self._gauges, self._events, self._trouble)

    def _trouble(self, text: str) -> None:
        """The measurement is spoilt: the rest of the drill is not worth playing. Never raises."""
        self._live.stop.because(text)
        self.note_trouble(text)

    def _interfered(self, text: str) -> None:
        self._live.stop.because(text)
        with contextlib.suppress(OSError):
            self._events.add(Interfered(t=now(), text=text))

    def note_trouble(self, text: str) -> None:
        # A disk that is full says so itself, when the files are closed.
        with contextlib.suppress(OSError):
            self._events.note(text, problem=True)

    def _refuse_what_does_not_fit(self, stack: Stack) -> None:
        absent = stack.facts.absent
        for role in self._drill.needs:
            if role.value in absent:
                raise NotApplicable(f"{self._drill.name} is not applicable: no {role.value} ({absent[role.value]})")
        for fault in self._drill.faults:
            if not isinstance(stack, fault.wants):
                raise does_not_fit(self._drill, fault, stack.facts.kind)

    def _load(self) -> LoadGroup:
        processes = [
            LoadProcess(
                LoadOrder(
                    file=str(file),
                    host="",
                    folder=str(self._folder),
                    scenario=file.stem.replace("_", "-"),
                    seed=self._seed,
                    rate=load.rate,
                    users=load.users_of(worker),
                    arrivals=load.arrivals,
                    worker=worker,
                    workers=load.workers,
                    late_ms=self._settings.generator.lag_p99_ms,
                    most_times=self._drill.most_times,
                ),
                self._gauges,
                self._live.on_tick,
                self._trouble,
            )
            for load, file in zip(self._drill.loads, self._files, strict=True)
            for worker in range(load.workers)
        ]
        return LoadGroup(processes)

    def _clients(self, stack: Stack, load: LoadGroup) -> AbstractAsyncContextManager[None]:
        if self._drill.loads:
            self._progress.say("clients log in")
        return load.on(stack.url)

    async def _play(self, stack: Stack, load: LoadGroup) -> None:
        harmable = stack if isinstance(stack, Harmable) else None
        draw = random.Random(self._seed)
        timeline = Timeline(
            self._drill,
            harmable,
            self._journal,
            self._events,
            self._progress,
            draw,
            self._live.stop,
            self._ill,
            lambda ask: self._ask(ask, stack),
            load.turn,
        )
        begin = now() + nanoseconds(LEAD_S)
        await load.go(begin, foreseen(self._drill.timeline))
        await asyncio.sleep(LEAD_S)
        try:
            await timeline.play(begin)
        except Aborted as why:
            self._events.note(str(why), problem=True)
            self._progress.say(str(why))
        finally:
            settling = now()
            unfinished = await load.stop(DRAIN_PATIENCE_S)
            if self._drill.loads:
                text = f"settled for {seconds(now() - settling):.2f} s after the load ended"
                self._events.note(f"{text}; {unfinished} requests had no answer by then")

    async def _ask(self, ask: Ask, stack: Stack) -> None:
        async with Prober(stack, self._folder, self._observations, self._progress.say) as prober:
            try:
                await ask(prober)
            except NotApplicable as why:
                if not prober.has_seen:
                    raise
                # What was seen is judged: it may have failed already.
                raise InconclusiveError(f"not everything could be asked: {why.what}", why.todo) from why

    async def _ill(self) -> str | None:
        """Why the stack must not be harmed: an SLO of a phase that has passed was not met."""
        self._gauges.flush()
        # What was just sent is still in the load processes: their next tick brings it to the disk.
        run = await asyncio.to_thread(Run.open, self._folder)
        for check in self._drill.checks:
            if isinstance(check, Slo) and check.phase in run.phases:
                finding = check(run)
                if finding.verdict is not Verdict.PASS:
                    return f"{check.describe()} {finding.verdict.value}: {finding.evidence}"
        return None

    async def _read_back(self, stack: Stack, load: LoadGroup) -> None:
        if stack.database_url is None or not self._drill.loads:
            return
        self._progress.say("every write is read back")
        writes = await asyncio.to_thread(read_writes, self._folder)
        # What the API cannot say, SQL still can.
        with self._said_when_not_read_back("through the API"):
            await load.read_back(len(writes))
        with self._said_when_not_read_back("from SQL"):
            await read_back_from_sql(stack.database_url, self._folder, writes)

    @contextlib.contextmanager
    def _said_when_not_read_back(self, how: str) -> Iterator[None]:
        try:
            yield
        except (psycopg.Error, InconclusiveError) as error:
            self._events.note(f"writes could not be read back {how}: {error}", problem=True)


def _gone(folder: Path) -> InconclusiveError:
    return InconclusiveError(
        f"the folder {folder} went away while the run was recorded in it", "leave it alone until the run has ended"
    )


@contextlib.contextmanager
def _no_room_is_an_error(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise UsageError(
                f"nothing can be written to {folder}: {error.strerror}", "copy the run to a folder of yours"
            ) from error
        if error.errno == errno.ENOENT and not folder.is_dir():
            raise _gone(folder) from error
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO):
            raise
        text = f"the recording in {folder} is cut short: {error.strerror}"
        raise InconclusiveError(text, "free some room, or set HARNESS_RUNS to another folder") from error
