from chaos.faults.partition import Partition
from harness.checks.kept_serving import KeptServing
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.recovered import Recovered
from harness.checks.slo import slo
from harness.drill import Drill, Load, Profile, baseline, fault, recovery, warm_up
from harness.fault import one
from harness.stack import Role

DRILL = Drill(
    title="One instance is cut off from Redis, and serves on without it",
    loads=(Load(scenario="browse", rate=40),),
    timeline=(warm_up(2), baseline(5), fault(Partition(Role.APP, one, from_=Role.CACHE), 7), recovery(5)),
    expect=(
        slo("http.p95 < 1s", during=("baseline", "fault", "recovery")),
        slo("http.errors < 1%", during=("baseline", "fault", "recovery")),
        KeptServing(longest_silence=2),
        Recovered(within=5),
        NoWriteLost(),
    ),
    claims=("RES-REDIS", "OBS-HEALTH"),
    needs=(Role.APP, Role.LB, Role.CACHE),
    profile=Profile.STANDARD,
)
