from chaos.faults.ration import Ration
from chaos.faults.stop import Stop
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.scales import Scales
from harness.drill import Drill, Load, Phase, Profile, recovery, warm_up
from harness.stack import Role

THIRD = Stop(Role.APP, "app-3")
SECOND = Stop(Role.APP, "app-2")

ENOUGH_S = 10
"""Of half seconds, from which the efficiency's confidence interval is made."""

# Each instance is held to so little CPU that what three of them want is less than two cores have.
DRILL = Drill(
    title="Three instances, two, one, each with a tenth of a CPU and more to do than it can: throughput goes with them",
    loads=(Load(scenario="insist", users=24),),
    timeline=(
        warm_up(8),
        Phase(
            name="three",
            seconds=16,
            fault=Ration(cpus=0.1),
            then=Phase(
                name="two",
                seconds=16,
                fault=THIRD,
                then=Phase(name="one", seconds=16, fault=SECOND, least_s=ENOUGH_S),
                least_s=ENOUGH_S,
            ),
            least_s=ENOUGH_S,
        ),
        recovery(6),
    ),
    expect=(Scales(least_percent=60), NoWriteLost()),
    claims=("PERF-SCALE",),
    needs=(Role.APP, Role.LB),
    profile=Profile.FULL,
    alone=True,
)
