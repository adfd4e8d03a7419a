"""Running several drills one after the other, each on a stack of its own, and answering for them together."""

import sys
from collections.abc import Sequence

import msgspec

import reports
from harness.cli.options import print_json, progress_for, seed_or_drawn
from harness.cli.stacks import opener_for, run_interruptibly, stack_opener
from harness.conductor import Drawing, Show, conduct
from harness.drill import Drill
from harness.errors import ExitStatus, HarnessError, InconclusiveError, Interrupted, NotApplicable
from harness.finding import Verdict, merge
from harness.settings import Settings


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
    answers: list[DrillAnswer] = []
    left_out: list[LeftOut] = []
    failed: list[LeftOut] = []
    errors: list[HarnessError] = []

    async def all_of_them() -> None:
        if len(drills) == 1:
            await one_after_the_other(reports.render)
            return
        drawing = Drawing()
        try:
            await one_after_the_other(drawing.show)
        finally:
            await drawing.finished()
            errors.extend(InconclusiveError(text) for text in drawing.failed)
            for text in drawing.failed:
                progress.say(text)

    async def one_after_the_other(show: Show) -> None:
        for number, drill in enumerate(drills, start=1):
            progress.drill(drill, settings.runs, f"{number} of {len(drills)}" if len(drills) > 1 else "")
            try:
                opener = opener_for(drill, stack, settings, f"drill {drill.name}")
                done = await conduct(drill, opener, settings, progress, seed_or_drawn(seed), show=show)
            except Interrupted:
                raise
            except HarnessError as error:
                if len(drills) == 1:
                    raise
                # The verdicts of the others stand: what went wrong with this one is told beside them.
                progress.say(str(error))
                if isinstance(error, NotApplicable):
                    left_out.append(LeftOut(name=drill.name, why=str(error)))
                else:
                    errors.append(error)
                    failed.append(LeftOut(name=drill.name, why=str(error)))
                continue
            progress.verdict(done.verdict, str(done.folder / "report.html"))
            seconds = round(done.seconds, 3)
            verdict = done.verdict.verdict
            answers.append(DrillAnswer(name=drill.name, verdict=verdict, run=str(done.folder), seconds=seconds))

    try:
        run_interruptibly(all_of_them())
    finally:
        progress.close()
    without = [*errors, *(left_out if by_name else ())]
    verdict = merge([*(answer.verdict for answer in answers), *(Verdict.INCONCLUSIVE for _ in without)])
    _print(DrillsAnswer(verdict=verdict, drills=answers, not_applicable=left_out, failed=failed), as_json)
    return verdict.exit_status if verdict is Verdict.FAIL or not errors else errors[0].status


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
