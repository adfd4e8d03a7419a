import msgspec

from chaos.faults.ration import Ration
from harness.checks.memory import Memory
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.slo import slo
from harness.drill import Drill, Load, Profile, fault, recovery, warm_up
from harness.stack import Role
from harness.stacks.plan import StackPlan


def one_instance(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, instances=1)


# Clients who wait for their answers find by themselves the rate that an instance can hold: `http.served`.
DRILL = Drill(
    title="One instance inside the guide's 1Gi and 500m: the rate that it holds is the stated load's share, or more",
    loads=(Load(scenario="insist", users=12),),
    timeline=(warm_up(6), fault(Ration(cpus=0.5), 20), recovery(4)),
    expect=(
        slo("http.served > 60/s", during="fault"),
        slo("http.p95 < 1s", during="fault"),
        slo("http.errors < 1%", during="fault"),
        Memory(role="app", most_mib=1024),
        NoWriteLost(),
    ),
    on=one_instance,
    claims=("INF-RESOURCES",),
    needs=(Role.APP, Role.LB),
    profile=Profile.FULL,
)
