"""Self-tests, defects and answers, made up: what the tests of the self-test have in common."""

from harness.cli.answers import CleanAnswer, DefectAnswer
from harness.cli.kept import Conditions
from harness.cli.selftesting import Selftest
from harness.defect import Defect
from harness.finding import Verdict

CONDITIONS = Conditions(stack="embedded", scale=0.35, seed=1)
CAUGHT_BY = "slo http.p95 baseline"
OTHER = "slo http.errors baseline"


def defect(name: str, caught_by: str = CAUGHT_BY, drill: str = "steady") -> Defect:
    return Defect(title=f"of {name}", drill=drill, caught_by=caught_by, name=name)


def caught(name: str, *by: str) -> DefectAnswer:
    """By what must catch it, unless something else is named."""
    by = by or (CAUGHT_BY,)
    return DefectAnswer(
        name=name, drill="steady", must_be_caught_by=CAUGHT_BY, caught=CAUGHT_BY in by, caught_by=by, seconds=4.2
    )


def unjudged(name: str, why: str = "") -> DefectAnswer:
    return DefectAnswer(name=name, drill="steady", must_be_caught_by=CAUGHT_BY, inconclusive=True, why=why)


def clean(drill: str = "steady", verdict: Verdict = Verdict.PASS, why: str = "") -> CleanAnswer:
    return CleanAnswer(drill=drill, round=1, verdict=verdict, why=why, seconds=60)


def of(*defects: Defect, rounds: int = 0, whole: bool = False) -> Selftest:
    return Selftest(defects=defects, rounds=rounds, stack="embedded", scale=0.35, seed=1, whole=whole)
