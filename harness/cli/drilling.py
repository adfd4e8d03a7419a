"""Running several drills one after the other, each on a stack of its own, and answering for them together."""

from collections.abc import Sequence

import msgspec

from harness.cli.options import print_json, progress_for, seed_or_drawn
from harness.cli.stacks import run_interruptibly, stack_opener
from harness.conductor import Conducted, conduct
from harness.drill import Drill
from harness.errors import ExitStatus
from harness.finding import Verdict, merge
from harness.settings import Settings


class DrillAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One drill in the JSON that `verify`, `drill` and `load` print."""

    name: str
    verdict: Verdict
    run: str
    seconds: float


class DrillsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    verdict: Verdict
    drills: list[DrillAnswer]


def run_drills(drills: Sequence[Drill], stack: str, settings: Settings, seed: int | None, as_json: bool) -> ExitStatus:
    """Prints a line for each drill and its report, or the JSON; returns the exit status for all of them."""
    progress = progress_for()
    open_stacks = [stack_opener(stack, settings, f"drill {drill.name}") for drill in drills]

    async def one_after_the_other() -> list[Conducted]:
        done = []
        for number, (drill, open_stack) in enumerate(zip(drills, open_stacks, strict=True), start=1):
            progress.drill(drill, settings.runs, f"{number} of {len(drills)}" if len(drills) > 1 else "")
            conducted = await conduct(drill, open_stack, settings, progress, seed_or_drawn(seed))
            progress.verdict(conducted.verdict, str(conducted.folder / "report.html"))
            done.append(conducted)
        return done

    try:
        done = run_interruptibly(one_after_the_other())
    finally:
        progress.close()
    answers = [
        DrillAnswer(name=drill.name, verdict=one.verdict.verdict, run=str(one.folder), seconds=round(one.seconds, 3))
        for drill, one in zip(drills, done, strict=True)
    ]
    verdict = merge(answer.verdict for answer in answers)
    if as_json:
        print_json(DrillsAnswer(verdict=verdict, drills=answers))
    else:
        for answer in answers:
            print(f"{answer.verdict.value:<12}  {answer.name:<20}  {answer.run}/report.html")
    return verdict.exit_status
