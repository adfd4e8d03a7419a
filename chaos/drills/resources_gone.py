from chaos.faults.exhaust_descriptors import ExhaustDescriptors
from chaos.faults.hog_cpu import HogCpu
from harness.checks.detected import Detected
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.recovered import Recovered
from harness.checks.slo import slo
from harness.drill import Drill, Load, Profile, baseline, fault, recovery, warm_up
from harness.fault import one
from harness.stack import Role

DRILL = Drill(
    title="An instance can open no more files, and then one has hardly any CPU: the others serve, and it comes back",
    loads=(Load(scenario="browse", rate=30),),
    timeline=(
        warm_up(2),
        baseline(4),
        fault(ExhaustDescriptors(Role.APP, one), 8),
        recovery(4),
        fault(HogCpu(Role.APP, one), 6),
        recovery(4),
    ),
    expect=(
        slo("http.p95 < 1s", during=("baseline", "fault")),
        slo("http.errors < 1%", during="baseline"),
        slo("http.errors < 5%", during="fault"),
        Detected(by="lb", within=5),
        Recovered(within=5),
        NoWriteLost(),
    ),
    claims=("INF-LB",),
    needs=(Role.APP, Role.LB),
    profile=Profile.FULL,
)
