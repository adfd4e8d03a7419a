"""Playing a drill's timeline: phases, faults in and out, however it ends."""

import asyncio
import random
import traceback
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

import msgspec

from harness.clock import nanoseconds, now, seconds
from harness.conductor.live import Stop
from harness.drill import Ask, Drill, Phase
from harness.errors import HarnessError
from harness.fault import Fault, Felt, Gone, NotFelt
from harness.journal import Journal
from harness.progress.base import Progress
from harness.run import EventLog, FaultStep, Pace, PhaseBegan, PhaseEnded, Step
from harness.stack import Harmable
from harness.uncancelled import to_the_end

GRACE_S = 30.0
"""How long a fault may last past its phase, and past what it takes at most to inject and to heal it, before the
watchdog ends it."""


TURN_LEAD_S = 0.1
"""From the order to another rate to its first arrival. Only what a fault delays, or questions do, is told so late."""


def heal_patience_s(fault: Fault) -> float:
    return 2 * fault.patience_s


def longest_s(phase: Phase) -> float:
    """How long a phase may take with the fault that it has, and with all that overlaps it."""
    faults = [part.fault for part in phase.flat() if part.fault]
    patience_s = sum(fault.patience_s + heal_patience_s(fault) for fault in faults)
    return sum(part.seconds for part in phase.flat()) + patience_s


def foreseen(phases: Sequence[Phase]) -> tuple[Pace, ...]:
    """The paces of the phases, as far as it is known when each begins: up to a fault, or to the end of questions."""
    paces: list[Pace] = []
    for phase in phases:
        if phase.fault is not None:
            break
        paces.append(phase.pace)
        if phase.ask is not None:
            break
    return tuple(paces)


class Aborted(Exception):
    """The stop condition was met, or the stack was ill before a fault: the rest of the timeline is not played."""


class _Unseen(NamedTuple):
    """A fault that was undone, but could not be seen gone: `why`, while `beneath` was in effect."""

    number: int
    fault: Fault
    why: str
    beneath: str


class Timeline:
    """`ill` is asked before each fault: it returns why the fault must not go in, or None. `turn` is told when clients
    are to arrive at another pace; at the first one they begin without being told.
    """

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
        turn: Callable[[int, tuple[Pace, ...]], Awaitable[None]],
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
        self._turn = turn
        self._open: str | None = None
        self._faults = 0
        self._in_effect: list[Fault] = []
        """The fault that lasts the longest first, then those that overlap it."""
        self._unseen: list[_Unseen] = []

    async def play(self, begin: int) -> None:
        """Plays every phase, the first from `begin` (ns). Raises Aborted; whatever happens, faults are healed."""
        try:
            await self._play(self._drill.timeline, begin)
        finally:
            self._end(now())

    async def _play(self, phases: Sequence[Phase], at: int) -> None:
        """Phases that follow each other, the first from `at` (ns), of which the load has been told."""
        told = True
        for number, phase in enumerate(phases):
            if phase.fault is not None:
                # Within another's fault the stack is ill already, as it must be.
                if not self._in_effect and (why := await self._ill()) is not None:
                    raise Aborted(f"no fault was injected, because the stack was ill before it: {why}")
                at = await self._with_fault(phase, phase.fault)
                told = False
                continue
            if not told:
                await self._tell(at, phases[number:])
            self._begin(phase, at, fault=bool(self._in_effect))
            at = await self._through(phase, at)
            told = phase.ask is None

    async def _tell(self, at: int, phases: Sequence[Phase]) -> None:
        """What of them is foreseen, from `at` on (ns); but what has passed of it cannot be played any more."""
        if self._drill.paced:
            soonest = now() + nanoseconds(TURN_LEAD_S)
            first, *rest = foreseen(phases)
            await self._turn(max(at, soonest), (first.after(seconds(max(soonest - at, 0))), *rest))

    async def _through(self, phase: Phase, at: int) -> int:
        """A phase that began at `at`, to its end, which is returned (ns)."""
        if phase.ask is None:
            await self._hold(at, phase)
            return at + nanoseconds(phase.seconds)
        await self._ask_through(phase, phase.ask)
        return now()

    async def _with_fault(self, phase: Phase, fault: Fault) -> int:
        """One fault's whole life. Returns when it was gone (ns)."""
        assert self._stack is not None
        self._faults += 1
        number = self._faults
        aimed = fault.aimed(self._stack, self._draw)
        self._journal.injecting(number, aimed, self._longest_s(phase, aimed) + GRACE_S)
        self._step(number, aimed, Step.ASKED, now())
        self._in_effect.append(aimed)
        try:
            self._progress.harmed(aimed.describe())
            felt = await self._inject(number, aimed)
            self._end(felt.began)
            await self._tell(felt.began, (msgspec.structs.replace(phase, fault=None, then=()), *phase.following))
            self._begin(phase, felt.began, fault=True)
            await self._play(phase.following, await self._through(phase, felt.began))
        finally:
            gone_at = await to_the_end(self._end_of(number, aimed))
            self._progress.harmed(None)
        return gone_at

    def _longest_s(self, phase: Phase, fault: Fault) -> float:
        """How long a fault may take, with what its heal may have to wait for: that those around it are healed."""
        around_s = sum(heal_patience_s(other) for other in self._in_effect)
        return longest_s(phase) + (around_s + heal_patience_s(fault) if self._in_effect else 0)

    async def _end_of(self, number: int, fault: Fault) -> int:
        """The heal of a fault, and of those that could not be seen gone while it was in effect."""
        self._in_effect.pop()
        gone_at = await self._heal(number, fault)
        again, self._unseen = ([], self._unseen) if self._in_effect else (self._unseen, [])
        for unseen in again:
            gone_at = await self._heal(unseen.number, unseen.fault, unseen)
        return gone_at

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

    async def _heal(self, number: int, fault: Fault, unseen: _Unseen | None = None) -> int:
        """What cannot be seen gone while another fault is in effect, which may be why, is healed again after that:
        `unseen` then says what it was like. Returns when it was gone, else now (ns)."""
        assert self._stack is not None
        self._progress.say(f"healing: {fault.undo()}")
        asked = now()
        try:
            async with asyncio.timeout(heal_patience_s(fault)):
                gone: Gone = await fault.heal(self._stack)
        except Exception as error:
            # Loud, but no reason to lose the verdict: the finding "faults" fails on it.
            why = str(error) or f"it was not gone after {heal_patience_s(fault):g} s"
            if unseen is None:
                self._step(number, fault, Step.HEAL, asked, fault.undo())
            if self._in_effect:
                beneath = ", ".join(other.describe() for other in self._in_effect)
                self._unseen.append(_Unseen(number, fault, why, beneath))
                self._note(
                    f"{fault.describe()} could not be seen gone under {beneath}, and is looked at after it: {why}"
                )
                return now()
            self._journal.gave_up(number)
            self._step(number, fault, Step.NOT_GONE, now(), why)
            self._progress.say(f"NOT UNDONE: {fault.describe()}: {why}")
            return now()
        # Written when it is done: a disk that is full must not keep anything from being healed.
        self._journal.healed(number)
        evidence = gone.evidence
        if unseen is None:
            self._step(number, fault, Step.HEAL, asked, fault.undo())
        else:
            evidence += f"; not to be seen under {unseen.beneath}: {unseen.why}"
        self._step(number, fault, Step.GONE, gone.at, evidence)
        self._end(gone.at)
        self._progress.say(f"gone: {evidence}")
        return gone.at

    def _note(self, text: str) -> None:
        self._events.note(text)
        self._progress.say(text)

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
