from chaos.faults.ration import Ration
from chaos.one_instance import one_instance
from harness.checks.capacity import Capacity
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.slo import slo
from harness.drill import Abort, Drill, Load, Profile, baseline, fault, recovery, stairs, warm_up
from harness.stack import Role

CPUS = 0.1

DRILL = Drill(
    title="The rate rises in steps, past what one instance with a tenth of a CPU holds: that is 20/s, or more",
    loads=(Load(scenario="browse", rate=20),),
    timeline=(
        warm_up(4),
        baseline(6),
        fault(Ration(cpus=CPUS), 2, then=stairs(5, 1, 1.5, 2, 3, 4, 6, 8)),
        recovery(4),
    ),
    expect=(
        slo("http.p95 < 1s", during="baseline"),
        slo("http.errors < 1%", during="baseline"),
        Capacity(least_rate=20, cpus=CPUS),
        NoWriteLost(),
    ),
    on=one_instance,
    needs=(Role.APP, Role.LB),
    profile=Profile.FULL,
    # Past the breakpoint most are refused, as they should be.
    abort=Abort(seconds=60),
)
