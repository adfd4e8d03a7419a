"""Check: a pure function of a run. It never sleeps, reads a clock or opens a socket."""

from typing import ClassVar

import msgspec

from harness.finding import Finding, Verdict
from harness.run import Run


class Check(msgspec.Struct, frozen=True, kw_only=True, tag_field="check", forbid_unknown_fields=True):
    """A value that is called with a Run and answers with one Finding.

    Subclasses name themselves with `tag=`; their fields are their parameters, and go into run.json, so that
    a run can be judged again from its folder alone.
    """

    implicit: ClassVar[bool] = False
    """Whether every run is judged by this check, whatever its drill expects."""

    fails: ClassVar[bool] = True
    """Whether it can fail, which defects must then prove; else it says whether a measurement counts."""

    beyond_repair: ClassVar[bool] = False
    """Whether what it finds stays when the fault is long gone, as lost data does: reports then begin with it."""

    @property
    def waits_s(self) -> float:
        """How many seconds of a phase it takes until it can fail: one that was cut shorter than that says nothing."""
        return 0.0

    @property
    def name(self) -> str:
        return str(self.__struct_config__.tag)

    def __call__(self, run: Run) -> Finding:
        raise NotImplementedError

    def describe(self) -> str:
        """The expectation in one line, as `harness drills` shows it."""
        return self.name

    def found(
        self,
        verdict: Verdict,
        evidence: str,
        *,
        subject: str = "",
        phase: str = "",
        value: float | None = None,
        unit: str = "",
        threshold: str = "",
    ) -> Finding:
        return Finding(
            check=self.name,
            verdict=verdict,
            evidence=evidence,
            subject=subject,
            phase=phase,
            value=value,
            unit=unit,
            threshold=threshold,
        )
