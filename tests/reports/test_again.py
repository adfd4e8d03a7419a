"""The command that a report shows plays the same, on the same, with the same seed."""

import msgspec
import pytest

from harness.checks.slo import Slo
from harness.run import PlannedLoad, PlannedPhase, Run
from reports.again import again
from tests.builders import plan_of, run_of

OWN = Slo(threshold="http.p99 < 300ms", phase="fault", own=True)
DRILLS = Slo(threshold="http.errors < 1%", phase="fault")


def played(option: str = "", load: PlannedLoad | None = None, *checks: Slo) -> Run:
    plan = plan_of(timeline=[PlannedPhase(name="fault", seconds=20)], checks=checks)
    drill = plan.drill
    if load is not None:
        drill = msgspec.structs.replace(drill, name="load", loads=(load,))
    return run_of(
        plan=msgspec.structs.replace(plan, drill=drill, stack=msgspec.structs.replace(plan.stack, option=option))
    )


@pytest.mark.parametrize(
    ("run", "command"),
    [
        (played(), "harness drill drill --seed 7"),
        (played("compose:shop"), "harness drill drill --stack compose:shop --seed 7"),
        (
            played("", None, OWN, DRILLS),
            "harness drill drill --threshold 'http.p99 < 300ms during fault' --seed 7",
        ),
        (
            played("", PlannedLoad(scenario="browse", rate=50.0)),
            "harness load browse --rate 50 --duration 20s --seed 7",
        ),
        (
            played("http://10.0.0.1", PlannedLoad(scenario="m.py", users=9, arrivals="poisson", workers=3)),
            "harness load m.py --users 9 --duration 20s --arrivals poisson --workers 3 --host http://10.0.0.1 --seed 7",
        ),
    ],
)
def test_it_plays_the_same_on_the_same_with_the_same_seed(run: Run, command: str) -> None:
    assert again(run) == command
