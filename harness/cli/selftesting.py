"""The self-test: drills are tested by their defects, as code is tested by mutants."""

from collections.abc import Sequence

import msgspec

import chaos.defects
from harness import discovery
from harness.cli.options import drill_named
from harness.cli.stacks import opener_for
from harness.conductor import Conducted, conduct
from harness.defect import Defect
from harness.drill import Drill
from harness.errors import HarnessError, Interrupted, NotApplicable
from harness.finding import Finding, Verdict
from harness.progress.base import Progress
from harness.settings import Settings


class DefectAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`caught_by` are all findings that failed; `caught` says whether the one that must was among them."""

    name: str
    drill: str
    caught: bool
    caught_by: list[str]
    run: str
    seconds: float


class SelftestAnswer(msgspec.Struct, frozen=True, kw_only=True):
    caught: int
    total: int
    false_alarms: int
    clean_rounds: int
    defects: list[DefectAnswer]
    inconclusive: list[str]
    not_applicable: list[str] = []
    """Defects whose drill cannot run on this kind of stack."""


def defects_named(names: Sequence[str]) -> list[Defect]:
    """The defects of these names, or all of them."""
    chosen = names or discovery.names(chaos.defects)
    found = []
    for name in chosen:
        defect = discovery.load(chaos.defects, name, "defect").DEFECT
        found.append(msgspec.structs.replace(defect, name=name))
    return found


async def run_selftest(
    defects: Sequence[Defect], rounds: int, stack: str, settings: Settings, progress: Progress, seed: int
) -> SelftestAnswer:
    drills = [drill_named(name) for name in dict.fromkeys(defect.drill for defect in defects)]
    total = len(defects) + rounds * len(drills)
    number = 0
    inconclusive: list[str] = []

    async def one(drill: Drill, what: str, defect: Defect | None) -> Conducted:
        nonlocal number
        number += 1
        progress.drill(msgspec.structs.replace(drill, title=what), settings.runs, f"{number} of {total}")
        opener = opener_for(drill, stack, settings, f"selftest {drill.name}", defect)
        conducted = await conduct(drill, opener, settings, progress, seed + number, defect.name if defect else None)
        progress.verdict(conducted.verdict, str(conducted.folder / "report.html"))
        return conducted

    answers = []
    not_applicable: list[str] = []
    for defect in defects:
        drill = drill_named(defect.drill)
        try:
            done = await one(drill, f"defect {defect.name}: {defect.title}", defect)
        except NotApplicable as why:
            progress.say(str(why))
            not_applicable.append(defect.name)
            drills = [other for other in drills if other.name != drill.name]
            continue
        except Interrupted:
            raise
        except HarnessError as error:
            # What the others caught stands: what went wrong with this one is told beside it.
            progress.say(str(error))
            inconclusive.append(defect.name)
            continue
        answers.append(_answer(defect, done))
    false_alarms = 0
    for _ in range(rounds):
        for drill in drills:
            try:
                verdict = (await one(drill, "the clean target", None)).verdict.verdict
            except Interrupted:
                raise
            except HarnessError as error:
                progress.say(str(error))
                verdict = Verdict.INCONCLUSIVE
            false_alarms += verdict is Verdict.FAIL
            if verdict is Verdict.INCONCLUSIVE:
                inconclusive.append(f"clean {drill.name}")
    return SelftestAnswer(
        caught=sum(answer.caught for answer in answers),
        total=len(answers),
        false_alarms=false_alarms,
        clean_rounds=rounds,
        defects=answers,
        inconclusive=inconclusive,
        not_applicable=not_applicable,
    )


def is_named_by(words: str, finding: Finding) -> bool:
    """Whether "slo http.p95 baseline", or just "detected", names this finding."""
    return set(words.split()) <= {finding.check, finding.subject, finding.phase}


def named(finding: Finding) -> str:
    return " ".join(word for word in (finding.check, finding.subject, finding.phase) if word)


def _answer(defect: Defect, done: Conducted) -> DefectAnswer:
    failed = [finding for finding in done.verdict.findings if finding.verdict is Verdict.FAIL]
    return DefectAnswer(
        name=defect.name,
        drill=defect.drill,
        caught=any(is_named_by(defect.caught_by, finding) for finding in failed),
        caught_by=[named(finding) for finding in failed],
        run=str(done.folder),
        seconds=round(done.seconds, 3),
    )
