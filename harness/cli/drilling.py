"""Running several drills one after the other, each on a stack of its own, and answering for them together."""

from collections.abc import Sequence

import msgspec

from harness.cli.options import print_json, progress_for, seed_or_drawn
from harness.cli.stacks import run_interruptibly, stack_opener
from harness.conductor import conduct
from harness.drill import Drill
from harness.errors import ExitStatus, NotApplicable
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


def run_drills(drills: Sequence[Drill], stack: str, settings: Settings, seed: int | None, as_json: bool) -> ExitStatus:
    """Prints a line for each drill and its report, or the JSON; returns the exit status for all of them."""
    progress = progress_for()
    openers = [stack_opener(stack, settings, f"drill {drill.name}") for drill in drills]
    answers: list[DrillAnswer] = []
    left_out: list[LeftOut] = []

    async def one_after_the_other() -> None:
        for number, (drill, opener) in enumerate(zip(drills, openers, strict=True), start=1):
            progress.drill(drill, settings.runs, f"{number} of {len(drills)}" if len(drills) > 1 else "")
            try:
                done = await conduct(drill, opener, settings, progress, seed_or_drawn(seed))
            except NotApplicable as why:
                if len(drills) == 1:
                    raise
                progress.say(str(why))
                left_out.append(LeftOut(name=drill.name, why=str(why)))
                continue
            progress.verdict(done.verdict, str(done.folder / "report.html"))
            seconds = round(done.seconds, 3)
            verdict = done.verdict.verdict
            answers.append(DrillAnswer(name=drill.name, verdict=verdict, run=str(done.folder), seconds=seconds))

    try:
        run_interruptibly(one_after_the_other())
    finally:
        progress.close()
    verdict = merge(answer.verdict for answer in answers)
    if as_json:
        print_json(DrillsAnswer(verdict=verdict, drills=answers, not_applicable=left_out))
    else:
        for answer in answers:
            print(f"{answer.verdict.value:<14}  {answer.name:<20}  {answer.run}/report.html")
        for drill in left_out:
            print(f"not applicable  {drill.name:<20}  {drill.why}")
    return verdict.exit_status
