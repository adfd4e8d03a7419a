"""The plan, as the report tells it."""

from harness.run import Pace, PlannedPhase
from reports.ledger import plan_facts
from tests.builders import plan_of, run_of


def test_a_phase_with_another_rate_says_so_in_the_plan() -> None:
    timeline = (
        PlannedPhase(name="baseline", seconds=8),
        PlannedPhase(name="burst", seconds=8, fault="kill one app", pace=Pace(8, 4, 4)),
        PlannedPhase(name="ramp", seconds=20, pace=Pace(20, 0.1)),
    )
    (planned,) = [fact.values for fact in plan_facts(run_of(plan=plan_of(timeline=timeline))) if "planned" in fact.name]
    assert planned == [
        "baseline 8 s",
        "burst 8 s (kill one app, at 4 times the rate)",
        "ramp 20 s (from 0.1 to 1 times the rate)",
    ]
