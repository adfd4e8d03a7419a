"""Playing a drill's timeline: phases, faults in and out, however it ends."""

import asyncio
import random
import traceback
from collections.abc import Awaitable, Callable

from harness.clock import now, seconds
from harness.conductor.live import Stop
from harness.drill import Ask, Drill, Phase
from harness.errors import HarnessError
from harness.fault import Fault, Felt, Gone, NotFelt
from harness.journal import Journal
from harness.progress.base import Progress
from harness.run import EventLog, FaultStep, PhaseBegan, PhaseEnded, Step
from harness.stack import Harmable
from harness.uncancelled import to_the_end

GRACE_S = 30.0
"""How long a fault may last past its phase, and past what it takes at most to inject and to heal it, before the
watchdog ends it."""


def heal_patience_s(fault: Fault) -> float:
    return 2 * fault.patience_s


def longest_s(phase: Phase) -> float:
    """How long a phase may take with the fault that it has, and with all that overlaps it."""
    faults = [part.fault for part in phase.flat() if part.fault]
    patience_s = sum(fault.patience_s + heal_patience_s(fault) for fault in faults)
    return sum(part.seconds for part in phase.flat()) + patience_s


class Aborted(Exception):
    """The stop condition was met, or the stack was ill before a fault: the rest of the timeline is not played."""


class Timeline:
    """`ill` is asked before each fault: it returns why the fault must not go in, or None."""

    def __init__(
        self,
        drill: Drill,
        stack: Harmable | None,
        journal: Journal,
        events: EventLog,
        progress: Progress,
        draw: random.Random,
        stop: Stop,
        ill: Callable[[], Awaitable[str | None]],
        asking: Callable[[Ask], Awaitable[None]],
    ) -> None:
        self._drill = drill
        self._stack = stack
        self._journal = journal
        self._events = events
        self._progress = progress
        self._draw = draw
        self._stop = stop
        self._ill = ill
        self._asking = asking
        self._open: str | None = None
        self._faults = 0

    async def play(self, begin: int) -> None:
        """Plays every phase, the first from `begin` (ns). Raises Aborted; whatever happens, faults are healed."""
        at: int = begin
        try:
            for phase in self._drill.timeline:
                if phase.fault is None:
                    self._begin(phase, at)
                    await (self._hold(at, phase) if phase.ask is None else self._ask_through(phase, phase.ask))
                    at = now()
                else:
                    why = await self._ill()
                    if why is not None:
                        raise Aborted(f"no fault was injected, because the stack was ill before it: {why}")
                    at = await self._with_fault(phase, phase.fault)
        finally:
            self._end(now())

    async def _with_fault(self, phase: Phase, fault: Fault) -> int:
        """One fault's whole life. Returns when it was gone (ns)."""
        assert self._stack is not None
        self._faults += 1
        number = self._faults
        aimed = fault.aimed(self._stack, self._draw)
        self._journal.injecting(number, aimed, longest_s(phase) + GRACE_S)
        self._step(number, aimed, Step.ASKED, now())
        try:
            self._progress.harmed(aimed.describe())
            felt = await self._inject(number, aimed)
            self._end(felt.began)
            self._begin(phase, felt.began, fault=True)
            await (self._hold(felt.began, phase) if phase.ask is None else self._ask_through(phase, phase.ask))
            if phase.then is not None:
                # The stack is ill already, as it must be.
                await self._play_harmed(phase.then)
        finally:
            gone_at = await to_the_end(self._heal(number, aimed))
            self._progress.harmed(None)
        return gone_at

    async def _play_harmed(self, phase: Phase) -> None:
        """A phase within another's fault."""
        if phase.fault is not None:
            await self._with_fault(phase, phase.fault)
            return
        at = now()
        self._begin(phase, at, fault=True)
        await (self._hold(at, phase) if phase.ask is None else self._ask_through(phase, phase.ask))

    async def _inject(self, number: int, fault: Fault) -> Felt:
        assert self._stack is not None
        try:
            async with asyncio.timeout(fault.patience_s):
                felt = await fault.inject(self._stack)
        except (NotFelt, TimeoutError) as error:
            why = str(error) or f"it was not in effect after {fault.patience_s:g} s"
            self._step(number, fault, Step.NOT_FELT, now(), why)
            raise Aborted(f"{fault.describe()} was not felt: {why}") from error
        self._step(number, fault, Step.FELT, felt.began, felt.evidence, felt.seen - felt.began)
        self._progress.say(f"felt: {felt.evidence}")
        return felt

    async def _heal(self, number: int, fault: Fault) -> int:
        assert self._stack is not None
        self._progress.say(f"healing: {fault.undo()}")
        asked = now()
        try:
            async with asyncio.timeout(heal_patience_s(fault)):
                gone: Gone = await fault.heal(self._stack)
        except Exception as error:
            # Loud, but no reason to lose the verdict: the finding "faults" fails on it.
            why = str(error) or f"it was not gone after {heal_patience_s(fault):g} s"
            self._journal.gave_up(number)
            self._step(number, fault, Step.HEAL, asked, fault.undo())
            self._step(number, fault, Step.NOT_GONE, now(), why)
            self._progress.say(f"NOT UNDONE: {fault.describe()}: {why}")
            return now()
        # Written when it is done: a disk that is full must not keep anything from being healed.
        self._journal.healed(number)
        self._step(number, fault, Step.HEAL, asked, fault.undo())
        self._step(number, fault, Step.GONE, gone.at, gone.evidence)
        self._end(gone.at)
        self._progress.say(f"gone: {gone.evidence}")
        return gone.at

    def _step(self, number: int, fault: Fault, step: Step, t: int, evidence: str = "", uncertainty: int = 0) -> None:
        self._events.add(
            FaultStep(
                t=t,
                number=number,
                fault=fault.name,
                target=fault.target,
                step=step,
                evidence=evidence,
                uncertainty=uncertainty,
            )
        )

    def _begin(self, phase: Phase, t: int, *, fault: bool = False) -> None:
        self._end(t)
        self._open = phase.name
        self._events.add(PhaseBegan(t=t, name=phase.name, fault=fault))
        self._progress.phase(phase, self._drill)

    def _end(self, t: int) -> None:
        if self._open is not None:
            self._events.add(PhaseEnded(t=t, name=self._open))
            self._open = None

    async def _ask_through(self, phase: Phase, ask: Ask) -> None:
        """Until everything was asked. Raises Aborted when that takes too long, breaks, or need not go on."""
        asking = asyncio.ensure_future(self._asking(ask))
        stopped = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait({asking, stopped}, timeout=phase.seconds, return_when=asyncio.FIRST_COMPLETED)
            if asking.done():
                await asking
            elif stopped.done():
                raise Aborted(f"stopped in {phase.name}: {stopped.result()}")
            else:
                raise Aborted(f"not everything had been asked after {phase.seconds:g} s")
        except HarnessError:
            raise
        except Aborted:
            raise
        except Exception as error:
            where = "".join(traceback.format_exception(error, limit=-3))
            raise Aborted(f"the probe broke off: {type(error).__name__}: {error}\n{where}") from error
        finally:
            for task in (asking, stopped):
                task.cancel()
            await asyncio.gather(asking, stopped, return_exceptions=True)

    async def _hold(self, since: int, phase: Phase) -> None:
        """Waits for the rest of a phase, or raises Aborted when the stop condition is met."""
        rest = phase.seconds - seconds(now() - since)
        try:
            async with asyncio.timeout(max(rest, 0)):
                reason = await self._stop.wait()
        except TimeoutError:
            return
        raise Aborted(f"stopped in {phase.name}: {reason}")
