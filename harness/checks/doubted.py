"""doubted: a statement of the guide is measured, and may be refuted without anything being wrong with the target."""

from typing import ClassVar

import msgspec

from harness.checks.observed import Expected, shown
from harness.finding import Finding, Verdict
from harness.run import Run


class Doubted(Expected, tag="doubted", frozen=True, kw_only=True):
    """The guide's statement, with its own numbers. Where the observations do not meet it, the guide is refuted: the
    finding passes, names the claim as refuted, and says what the guide should say `instead`.
    """

    fails: ClassVar[bool] = False
    claim: str
    instead: str

    def describe(self) -> str:
        return f"is the guide right ({self.claim})? {super().describe()}"

    def __call__(self, run: Run) -> Finding:
        seen, wrong = self.split(run)
        if len(seen) < self.cases or any(observation.value is None for observation in seen):
            text = f"{len(seen)} of {self.cases} cases of {self.of} were observed and answered: nothing to judge by"
            return self.about(Verdict.INCONCLUSIVE, text, None)
        worst = self.worst(seen, wrong)
        if not wrong:
            return self.about(Verdict.PASS, self.summed_up(seen, worst), worst)
        unit = f" {worst.unit}" if worst.unit else ""
        text = f"the guide is refuted: {worst.case}: {shown(worst.value)}{unit} is not {self.condition}"
        text += f" ({worst.detail})" if worst.detail else ""
        finding = self.about(Verdict.PASS, f"{text}. Instead: {self.instead}", worst)
        return msgspec.structs.replace(finding, refutes=(self.claim,), instead=self.instead)
