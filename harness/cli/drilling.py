"""Running several drills, each on a stack of its own, and answering for them together."""

import asyncio
import sys
from collections.abc import Sequence

import msgspec

import reports
from harness.cli.options import OWN, print_json, progress_for, seed_or_drawn
from harness.cli.stacks import opener_for, run_interruptibly, stack_opener
from harness.conductor import Drawing, Show, conduct
from harness.drill import Drill
from harness.errors import ExitStatus, HarnessError, InconclusiveError, Interrupted, NotApplicable, StackError
from harness.finding import Verdict, merge
from harness.progress.base import Progress
from harness.progress.beside import BesideProgress
from harness.settings import Settings

AT_A_TIME = 2
"""Of what only asks. Most of its time it waits for a stack to start, or for an answer; and it loads nothing, so that no
rate and no latency under load is measured beside another. Drills with load are played one by one."""

STARTS_IN_VAIN = 3
"""When so many stacks in a row could not start, and none has before, the others cannot either."""


class DrillAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One drill in the JSON that `verify`, `drill` and `load` print."""

    name: str
    verdict: Verdict
    run: str
    seconds: float


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """A drill that this stack cannot run: not applicable, which is never a pass."""

    name: str
    why: str


class DrillsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    verdict: Verdict
    drills: list[DrillAnswer]
    not_applicable: list[LeftOut] = []
    failed: list[LeftOut] = []
    """Those that came to no verdict: what went wrong."""


def run_drills(
    drills: Sequence[Drill], stack: str, settings: Settings, seed: int | None, as_json: bool, *, by_name: bool = True
) -> ExitStatus:
    """Prints a line for each drill and its report, or the JSON; returns the exit status for all of them.

    Drills that were asked for `by_name` must all apply: one that is left out is no pass. Of a profile's, those count
    that do.
    """
    progress = progress_for()
    # A URL that load may not go to is wrong usage before anything starts.
    stack_opener(stack, settings, "")
    several = _Several(drills, stack, settings, seed, progress)
    try:
        run_interruptibly(several.play())
    finally:
        progress.close()
    errors = several.errors
    without = [*errors, *(several.left_out if by_name else ())]
    verdict = merge([*(answer.verdict for answer in several.answers), *(Verdict.INCONCLUSIVE for _ in without)])
    _print(several.answer(verdict), as_json)
    return verdict.exit_status if verdict is Verdict.FAIL or not errors else errors[0].status


class _Several:
    """The drills that are played, and what came of each."""

    def __init__(
        self, drills: Sequence[Drill], stack: str, settings: Settings, seed: int | None, progress: Progress
    ) -> None:
        # What is the harness's own there may be of twice; what runs already is there once.
        beside = [drill for drill in drills if stack in OWN and not drill.loads and not drill.alone]
        self._beside = beside if len(beside) > 1 else []
        self._one_by_one = [drill for drill in drills if drill not in self._beside]
        self._count = len(drills)
        self._begun = 0
        self._in_vain = 0
        self._has_stood = False
        self._stack = stack
        self._settings = settings
        self._seed = seed
        self._progress = progress
        self.answers: list[DrillAnswer] = []
        self.left_out: list[LeftOut] = []
        self.failed: list[LeftOut] = []
        self.errors: list[HarnessError] = []

    def answer(self, verdict: Verdict) -> DrillsAnswer:
        return DrillsAnswer(verdict=verdict, drills=self.answers, not_applicable=self.left_out, failed=self.failed)

    async def play(self) -> None:
        """Raises Interrupted, StackError when no stack can be started, and of a single drill whatever went wrong."""
        if self._count == 1:
            await self._play(self._one_by_one[0], self._progress, reports.render)
            return
        drawing = Drawing()
        try:
            await self._side_by_side(drawing.show)
            for drill in self._one_by_one:
                await self._play(drill, self._progress, drawing.show)
        finally:
            await drawing.finished()
            self.errors.extend(InconclusiveError(text) for text in drawing.failed)
            for text in drawing.failed:
                self._progress.say(text)

    async def _side_by_side(self, show: Show) -> None:
        waiting = iter(self._beside)

        async def work() -> None:
            for drill in waiting:
                await self._play(drill, BesideProgress(self._progress), show)

        # Not a TaskGroup, which cancels without saying that it was a person who interrupted.
        try:
            ends = await asyncio.gather(*(work() for _ in range(AT_A_TIME)), return_exceptions=True)
        except asyncio.CancelledError:
            raise Interrupted(f"interrupted; what was recorded is in {self._settings.runs}") from None
        for end in ends:
            if end is not None:
                raise end

    async def _play(self, drill: Drill, progress: Progress, show: Show) -> None:
        self._begun += 1
        progress.drill(drill, self._settings.runs, f"{self._begun} of {self._count}" if self._count > 1 else "")
        try:
            opener = opener_for(drill, self._stack, self._settings, f"drill {drill.name}")
            done = await conduct(drill, opener, self._settings, progress, seed_or_drawn(self._seed), show=show)
        except Interrupted:
            raise
        except HarnessError as error:
            if self._count == 1:
                raise
            # The verdicts of the others stand: what went wrong with this one is told beside them.
            self._progress.say(str(error))
            if isinstance(error, NotApplicable):
                self.left_out.append(LeftOut(name=drill.name, why=str(error)))
            else:
                self.errors.append(error)
                self.failed.append(LeftOut(name=drill.name, why=str(error)))
            self._in_vain += isinstance(error, StackError)
            if self._in_vain >= STARTS_IN_VAIN and not self._has_stood:
                raise
            return
        self._has_stood |= drill.needs_stack
        progress.verdict(done.verdict, str(done.folder / "report.html"))
        seconds = round(done.seconds, 3)
        verdict = done.verdict.verdict
        self.answers.append(DrillAnswer(name=drill.name, verdict=verdict, run=str(done.folder), seconds=seconds))


def _print(answer: DrillsAnswer, as_json: bool) -> None:
    if as_json:
        print_json(answer)
        return
    for drill in answer.drills:
        print(f"{drill.verdict.value:<14}  {drill.name:<20}  {drill.run}/report.html")
    for failed in answer.failed:
        print(f"{'no verdict':<14}  {failed.name:<20}  {failed.why}")
    for left_out in answer.not_applicable:
        print(f"not applicable  {left_out.name:<20}  {left_out.why}")
    sys.stdout.flush()
