"""The self-test: drills are tested by their defects, as code is tested by mutants."""

import hashlib
import itertools
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

import chaos.defects
import reports
from harness import discovery
from harness.cli.answers import CleanAnswer, DefectAnswer, SelftestAnswer
from harness.cli.kept import Kept
from harness.cli.options import drill_named
from harness.cli.proofs import proofs
from harness.cli.stacks import opener_for
from harness.clock import now, seconds
from harness.conductor import Conducted, conduct
from harness.defect import Defect
from harness.drill import Drill
from harness.errors import HarnessError, Interrupted, NotApplicable
from harness.finding import Finding, Verdict, VerdictDocument
from harness.progress.base import Progress
from harness.run import Run
from harness.settings import Settings


class Trial(NamedTuple):
    """One run of a self-test: a defect against its drill, or without one, the clean target in that round."""

    number: int
    of: int
    drill: Drill
    defect: Defect | None
    round: int = 0

    @property
    def what(self) -> str:
        return f"defect {self.defect.name}: {self.defect.title}" if self.defect else "the clean target"

    def seed(self, test: int) -> int:
        """Of its own, and the same whichever others are tried: one that went wrong can be made again alone."""
        what = self.defect.name if self.defect else f"{self.drill.name} {self.round}"
        return zlib.crc32(f"{test} {what}".encode())


def defects_named(names: Sequence[str]) -> list[Defect]:
    """The defects of these names, or all of them."""
    chosen = names or discovery.names(chaos.defects)
    found = []
    for name in chosen:
        defect = discovery.load(chaos.defects, name, "defect", "harness selftest --list").DEFECT
        found.append(msgspec.structs.replace(defect, name=name))
    return found


def sampled(defects: Sequence[Defect], count: int, seed: int) -> list[Defect]:
    """So many of them, in their order. Which they are hangs on each one's name alone: one more defect changes one."""

    def lot(defect: Defect) -> bytes:
        return hashlib.sha256(f"{seed} {defect.name}".encode()).digest()

    drawn = {defect.name for defect in sorted(defects, key=lot)[:count]}
    return [defect for defect in defects if defect.name in drawn]


class Selftest(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be tried, on which kind of stack. `scale` cuts the drills' times short; `whole` is whether it is all
    defects, so that a check that none proves is a failure.
    """

    defects: tuple[Defect, ...]
    rounds: int
    stack: str
    scale: float
    seed: int
    whole: bool

    def trials(self) -> Iterator[Trial]:
        drills = [drill_named(name) for name in dict.fromkeys(defect.drill for defect in self.defects)]
        count = len(self.defects) + self.rounds * len(drills)
        for number, defect in enumerate(self.defects, start=1):
            yield Trial(number, count, drill_named(defect.drill), defect)
        rounds = itertools.product(range(1, self.rounds + 1), drills)
        for number, (round, drill) in enumerate(rounds, start=len(self.defects) + 1):
            yield Trial(number, count, drill, None, round)


async def run_selftest(test: Selftest, settings: Settings, progress: Progress, kept: Kept) -> None:
    """One trial after the other; what is kept already is not tried again. Raises Interrupted."""
    for trial in untried(test, kept):
        kept.add(await tried(trial, test, settings, progress))


def untried(test: Selftest, kept: Kept) -> list[Trial]:
    return [
        trial
        for trial in test.trials()
        if (kept.defect(trial.defect) if trial.defect else kept.clean(trial.drill.name, trial.round)) is None
    ]


async def tried(trial: Trial, test: Selftest, settings: Settings, progress: Progress) -> DefectAnswer | CleanAnswer:
    """Raises Interrupted; what else goes wrong is told in the answer."""
    if trial.defect is None:
        return await _try_clean(trial, test, settings, progress)
    return await _try_defect(trial, trial.defect, test, settings, progress)


async def _try_defect(
    trial: Trial, defect: Defect, test: Selftest, settings: Settings, progress: Progress
) -> DefectAnswer:
    answer = DefectAnswer(name=defect.name, drill=defect.drill, must_be_caught_by=defect.caught_by)
    began = now()
    try:
        if defect.only_on not in ("", test.stack):
            raise NotApplicable(f"{defect.name} does no harm on {test.stack}", f"try it with --stack {defect.only_on}")
        done = await _played(trial, test, settings, progress)
    except NotApplicable as why:
        progress.say(str(why))
        return msgspec.structs.replace(answer, not_applicable=True, why=str(why))
    except Interrupted:
        raise
    except HarnessError as error:
        # What the others caught stands: what went wrong with this one is told beside it.
        progress.say(str(error))
        return msgspec.structs.replace(
            answer, inconclusive=True, why=str(error), seconds=round(seconds(now() - began), 3)
        )
    failed = [finding for finding in done.verdict.findings if finding.verdict is Verdict.FAIL]
    own = [finding for finding in failed if is_named_by(defect.caught_by, finding)]
    return msgspec.structs.replace(
        answer,
        caught=bool(own),
        # That which must catch it first.
        caught_by=tuple(dict.fromkeys(named(finding) for finding in (*own, *failed))),
        inconclusive=not failed and done.verdict.verdict is Verdict.INCONCLUSIVE,
        run=str(done.folder),
        seconds=round(done.seconds, 3),
    )


async def _try_clean(trial: Trial, test: Selftest, settings: Settings, progress: Progress) -> CleanAnswer:
    answer = CleanAnswer(drill=trial.drill.name, round=trial.round)
    try:
        done = await _played(trial, test, settings, progress)
    except NotApplicable as why:
        progress.say(str(why))
        return msgspec.structs.replace(answer, not_applicable=True)
    except Interrupted:
        raise
    except HarnessError as error:
        progress.say(str(error))
        return msgspec.structs.replace(answer, verdict=Verdict.INCONCLUSIVE, why=str(error))
    failed = [finding for finding in done.verdict.findings if finding.verdict is not Verdict.PASS]
    return msgspec.structs.replace(
        answer,
        verdict=done.verdict.verdict,
        why="; ".join(f"{named(finding)}: {finding.evidence}" for finding in failed),
        run=str(done.folder),
        seconds=round(done.seconds, 3),
    )


async def _played(trial: Trial, test: Selftest, settings: Settings, progress: Progress) -> Conducted:
    defect = trial.defect
    drill = trial.drill.scaled(test.scale * (defect.scale if defect else 1))
    titled = msgspec.structs.replace(drill, title=trial.what)
    progress.drill(titled, settings.runs, f"{trial.number} of {trial.of}")
    opener = opener_for(drill, test.stack, settings, f"selftest {drill.name}", defect)

    def shown(document: VerdictDocument) -> bool:
        """Nobody reads the report of what went as it should, and it takes a second: `harness report` makes it."""
        return document.verdict is not Verdict.PASS if defect is None else not is_caught(defect, document)

    def show(run: Run, document: VerdictDocument, folder: Path) -> None:
        if shown(document):
            reports.render(run, document, folder)

    done = await conduct(
        drill, opener, settings, progress, trial.seed(test.seed), defect.name if defect else None, show
    )
    progress.verdict(done.verdict, str(done.folder / "report.html") if shown(done.verdict) else str(done.folder))
    return done


def answered(test: Selftest, kept: Kept, took_s: float) -> SelftestAnswer:
    """As far as it is kept: of an interrupted self-test, what it had tried."""
    defects = [answer for defect in test.defects if (answer := kept.defect(defect)) is not None]
    tried = [answer for answer in defects if not answer.not_applicable]
    rounds = [kept.clean(trial.drill.name, trial.round) for trial in test.trials() if trial.defect is None]
    clean = [answer for answer in rounds if answer is not None and not answer.not_applicable]
    left = len(test.defects) - len(defects) + rounds.count(None)
    proved = proofs(
        test.defects,
        [answer.name for answer in tried if answer.caught],
        [answer.name for answer in defects if answer.not_applicable],
    )
    return SelftestAnswer(
        stack=test.stack,
        scale=test.scale,
        seed=test.seed,
        caught=sum(answer.caught for answer in tried),
        total=len(tried),
        false_alarms=sum(answer.verdict is Verdict.FAIL for answer in clean),
        clean_rounds=test.rounds,
        defects=tried,
        clean=clean,
        proofs=list(proved),
        unproved=[proof.check for proof in proved if not proof.is_proved] if test.whole and not left else [],
        inconclusive=[
            *(answer.name for answer in tried if answer.inconclusive),
            *(f"clean {answer.drill}" for answer in clean if answer.verdict is Verdict.INCONCLUSIVE),
        ],
        not_applicable=[answer.name for answer in defects if answer.not_applicable],
        left=left,
        seconds=round(sum(one.seconds for one in defects) + sum(one.seconds for one in clean), 1),
        took_s=round(took_s, 1),
    )


def is_named_by(words: str, finding: Finding) -> bool:
    """Whether "slo http.p95 baseline", or just "detected", names this finding."""
    return set(words.split()) <= {finding.check, finding.subject, finding.phase}


def is_caught(defect: Defect, document: VerdictDocument) -> bool:
    """By the finding that must catch it."""
    return any(
        finding.verdict is Verdict.FAIL and is_named_by(defect.caught_by, finding) for finding in document.findings
    )


def named(finding: Finding) -> str:
    return " ".join(word for word in (finding.check, finding.subject, finding.phase) if word)
