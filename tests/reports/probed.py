"""Runs of a probe, built by hand: three questions, asked in the order in which they stand here."""

from harness.checks.doubted import Doubted
from harness.checks.observed import Observed
from harness.run import Observation, PlannedPhase, Run
from harness.run.observations import Value
from tests.builders import Things, at, phase, plan_of, run_of

CHECKS = (
    Observed(of="forged-tokens", equals=401, cases=3),
    Observed(of="answer-seconds", at_most=1.0),
    Doubted(of="let-through", at_most=100, claim="SEC-RATE", instead="Exempt nobody."),
)
PLAN = plan_of(
    timeline=[PlannedPhase(name="probe", seconds=60, asks=True)], checks=CHECKS, claims=("SEC-JWT", "SEC-RATE")
)


def seen(of: str, case: str, value: Value | None, unit: str = "", detail: str = "") -> Observation:
    return Observation(t=at(1), of=of, case=case, value=value, unit=unit, detail=detail)


def probed(*forged: Observation, through: int = 100, seconds: float = 0.25, more: Things = ()) -> Run:
    """The recording; of the forged tokens these, by default all as they should be."""
    tokens = forged or tuple(seen("forged-tokens", case, 401) for case in ("alg=none", "expired", "wrong key"))
    return run_of(
        phase("probe", 0, 2),
        *tokens,
        seen("answer-seconds", "GET /feed", seconds, "s"),
        seen("let-through", "as googlebot", through, detail="by a header of their own"),
        more,
        plan=PLAN,
    )


def accepted(case: str = "wrong key") -> Run:
    """One forged token in three is taken, the second that was tried."""
    return probed(
        seen("forged-tokens", "alg=none", 401),
        seen("forged-tokens", case, 200, detail='{"id": 7}'),
        seen("forged-tokens", "expired", 401),
    )
