"""What a check says, and what the findings of a run say together."""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from harness.errors import ExitStatus


class Verdict(StrEnum):
    """Three-valued: a spoilt measurement is never a pass."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"

    @property
    def exit_status(self) -> ExitStatus:
        return {
            Verdict.PASS: ExitStatus.PASS,
            Verdict.FAIL: ExitStatus.FAIL,
            Verdict.INCONCLUSIVE: ExitStatus.INCONCLUSIVE,
        }[self]


def merge(verdicts: Iterable[Verdict]) -> Verdict:
    """fail > inconclusive > pass; nothing at all is inconclusive. The one place that decides it."""
    seen = set(verdicts)
    for verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS):
        if verdict in seen:
            return verdict
    return Verdict.INCONCLUSIVE


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One statement about one run.

    `value` is the measured figure in `unit` (None when nothing was measured, never 0 instead);
    `threshold` is the text it was held against; `evidence` is one plain sentence with figures.
    """

    check: str
    verdict: Verdict
    evidence: str
    subject: str = ""
    phase: str = ""
    value: float | None = None
    unit: str = ""
    threshold: str = ""
    claims: tuple[str, ...] = ()
    refutes: tuple[str, ...] = ()
    """Claims of the guide that this measurement shows to be wrong, though the target does right."""
    instead: str = ""
    """What the guide should say there."""


class VerdictDocument(msgspec.Struct, frozen=True, kw_only=True):
    """verdict.json: the findings of a run together."""

    schema: int
    verdict: Verdict
    drill: str
    findings: tuple[Finding, ...]
