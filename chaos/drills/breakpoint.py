from chaos.faults.ration import Ration
from chaos.one_instance import one_instance
from harness.checks.capacity import Capacity
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.slo import slo
from harness.drill import Drill, Load, Profile, baseline, fault, recovery, stairs, warm_up
from harness.stack import Role

CPUS = 0.2

DRILL = Drill(
    title="The rate rises in steps, past what one instance with a fifth of a CPU holds: that is 40/s, or more",
    loads=(Load(scenario="browse", rate=40),),
    timeline=(
        warm_up(4),
        baseline(6),
        fault(Ration(cpus=CPUS), 2, then=stairs(5, 1, 1.5, 2, 3, 4, 6, 8)),
        recovery(4),
    ),
    expect=(
        slo("http.p95 < 1s", during="baseline"),
        slo("http.errors < 1%", during="baseline"),
        Capacity(least_rate=40, cpus=CPUS),
        NoWriteLost(),
    ),
    on=one_instance,
    needs=(Role.APP, Role.LB),
    profile=Profile.FULL,
)
