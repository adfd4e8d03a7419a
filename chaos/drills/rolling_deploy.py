from chaos.faults.deploy import Deploy
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.recovered import Recovered
from harness.checks.slo import slo
from harness.drill import Drill, Load, Profile, baseline, fault, recovery, warm_up
from harness.stack import Role

DRILL = Drill(
    title="All instances are replaced by the next version under load, and then rolled back",
    loads=(Load(scenario="browse", rate=30), Load(scenario="upload", rate=4)),
    timeline=(warm_up(2), baseline(5), fault(Deploy(), 8), recovery(5)),
    expect=(
        slo("http.p95 < 2s", during=("baseline", "fault", "recovery")),
        slo("http.errors < 1%", during=("baseline", "recovery")),
        slo("http.errors <= 0%", during="fault"),
        Recovered(within=5, slo=("http.p95 < 2s", "http.errors < 1%")),
        NoWriteLost(),
    ),
    claims=("INF-ROLL", "INC-ROLLBACK"),
    needs=(Role.APP, Role.LB),
    profile=Profile.STANDARD,
)
