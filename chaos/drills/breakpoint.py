import msgspec

from chaos.faults.ration import Ration
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.slo import slo
from harness.drill import Drill, Load, Profile, baseline, fault, recovery, stairs, warm_up
from harness.stack import Role
from harness.stacks.plan import StackPlan


def one_instance(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, instances=1)


DRILL = Drill(
    title="The rate rises step by step until one instance with half a CPU no longer meets the SLO: that is past the stated load",
    loads=(Load(scenario="browse", rate=20),),
    timeline=(
        warm_up(4),
        baseline(4),
        fault(Ration(cpus=0.25), 2, then=stairs(4, 1.5, 2, 2.5, 3, 4, 5, 6, 8)),
        recovery(3),
    ),
    expect=(
        slo("http.p95 < 1s", during="baseline"),
        NoWriteLost(),
    ),
    on=one_instance,
    needs=(Role.APP, Role.LB),
    profile=Profile.FULL,
)
