"""What a self-test answers, as JSON has it."""

import msgspec

from harness.cli.proofs import Proof
from harness.errors import ExitStatus
from harness.finding import Verdict


class TrialAnswer(msgspec.Struct, frozen=True, kw_only=True, tag_field="of"):
    """What every trial of a drill or probe says: `why` what was wrong with it, `run` its folder."""

    drill: str
    not_applicable: bool = False
    why: str = ""
    run: str = ""
    seconds: float = 0.0


class DefectAnswer(TrialAnswer, frozen=True, kw_only=True, tag="defect"):
    """`caught_by` are all findings that failed; `caught` says whether the one that must was among them, which then is
    the first. `inconclusive` is a run that could not be judged.
    """

    name: str
    must_be_caught_by: str
    caught: bool = False
    caught_by: tuple[str, ...] = ()
    inconclusive: bool = False

    @property
    def in_words(self) -> str:
        """What became of it: by what it was caught, if it was."""
        if self.not_applicable:
            return "not applicable"
        if self.caught:
            return self.caught_by[0]
        if self.caught_by:
            return f"caught by another: {', '.join(self.caught_by)}"
        return (
            f"inconclusive: {self.why or 'the measurement itself was not valid'}" if self.inconclusive else "NOT CAUGHT"
        )


class CleanAnswer(TrialAnswer, frozen=True, kw_only=True, tag="clean"):
    """The clean target in a drill or probe. `why` are the findings that did not pass."""

    round: int
    verdict: Verdict = Verdict.PASS

    @property
    def in_words(self) -> str:
        if self.not_applicable:
            return "not applicable"
        if self.verdict is Verdict.PASS:
            return "no alarm"
        return f"{'false alarm' if self.verdict is Verdict.FAIL else 'inconclusive'}: {self.why}"


class SelftestAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`total` are the defects that were tried. `unproved` are the checks that fewer defects prove than must: known
    only when all defects were tried. `seconds` is how long all trials took, `took_s` what this call did of them.
    """

    stack: str
    scale: float
    seed: int
    caught: int
    total: int
    false_alarms: int
    clean_rounds: int
    defects: list[DefectAnswer]
    clean: list[CleanAnswer]
    proofs: list[Proof]
    unproved: list[str]
    inconclusive: list[str]
    not_applicable: list[str] = []
    """Defects whose drill cannot run on this kind of stack."""
    left: int = 0
    """Trials that were not made, since it was interrupted."""
    seconds: float
    took_s: float

    @property
    def status(self) -> ExitStatus:
        if self.left:
            return ExitStatus.INTERRUPTED
        missed = [answer for answer in self.defects if not answer.caught and not answer.inconclusive]
        if missed or self.false_alarms:
            return ExitStatus.FAIL
        if self.inconclusive or not (self.total or self.clean):
            return ExitStatus.INCONCLUSIVE
        return ExitStatus.FAIL if self.unproved else ExitStatus.PASS
