from chaos.faults.kill import Kill
from harness.checks.grew import Grew
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.slo import slo
from harness.drill import Drill, Load, baseline, fault, recovery, warm_up
from harness.stack import Role

DRILL = Drill(
    title="Sentry, the collector of traces and the push gateway are gone under load",
    loads=(Load(scenario="browse", rate=40),),
    timeline=(warm_up(3), baseline(6), fault(Kill(Role.SINKS), 8), recovery(4)),
    expect=(
        slo("http.p95 < 250ms", during=("baseline", "fault", "recovery")),
        slo("http.errors < 1%", during=("baseline", "fault", "recovery")),
        Grew(role="app", most_mib=8),
        NoWriteLost(),
    ),
    claims=("OBS-SENTRY", "OBS-OTEL", "OBS-PUSH"),
    needs=(Role.SINKS,),
)
