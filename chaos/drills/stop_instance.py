from chaos.faults.stop import Stop
from harness.checks.detected import Detected
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.slo import slo
from harness.drill import Drill, Load, Profile, baseline, fault, recovery, warm_up
from harness.fault import one
from harness.stack import Role

DRILL = Drill(
    title="One of three instances is asked to end under load, and finishes what it has begun",
    loads=(Load(scenario="browse", rate=30), Load(scenario="upload", rate=10)),
    timeline=(warm_up(2), baseline(4), fault(Stop(Role.APP, one), 6), recovery(4)),
    expect=(
        slo("http.p95 < 2s", during=("baseline", "fault", "recovery")),
        slo("http.errors < 1%", during="baseline"),
        # Nothing need go wrong: whoever leaves said so first.
        slo("http.errors <= 0%", during=("fault", "recovery")),
        Detected(by="lb", within=2),
        NoWriteLost(),
    ),
    claims=("INF-ROLL", "INF-LB"),
    needs=(Role.APP, Role.LB),
    profile=Profile.FULL,
)
