from chaos.faults.drop import Drop
from chaos.faults.kill import Kill
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.recovered import Recovered
from harness.checks.slo import slo
from harness.drill import Drill, Load, Profile, baseline, fault, recovery, warm_up
from harness.fault import one
from harness.stack import Role

DRILL = Drill(
    title="Redis drops, then an instance is killed, and comes back while Redis is still gone",
    loads=(Load(scenario="browse", rate=40),),
    timeline=(
        warm_up(2),
        baseline(4),
        fault(Drop(Role.CACHE), 4, then=fault(Kill(Role.APP, one), 6)),
        recovery(5),
    ),
    expect=(
        slo("http.p95 < 1s", during=("baseline", "fault", "recovery")),
        slo("http.errors < 1%", during=("baseline", "recovery")),
        slo("http.errors < 5%", during="fault"),
        Recovered(within=8),
        NoWriteLost(),
    ),
    claims=("RES-REDIS", "RES-KILL"),
    needs=(Role.APP, Role.LB, Role.CACHE),
    profile=Profile.FULL,
)
