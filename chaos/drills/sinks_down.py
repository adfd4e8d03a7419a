from chaos.asks.telemetry import OUTLETS, PATIENCE_S, ask, count, telling_all
from chaos.faults.hang import Hang
from chaos.faults.kill import Kill
from chaos.faults.slow import Slow
from harness.checks.grew import Grew
from harness.checks.no_slower import NoSlower
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.observed import Observed
from harness.checks.slo import slo
from harness.drill import Drill, Load, Phase, Profile, baseline, fault, recovery, warm_up
from harness.stack import Hop, Role

LATE_MS = 2_500
"""More than the two seconds for which traces and pushes are waited for."""

DRILL = Drill(
    title="Sentry, the collector of traces and the push gateway are gone, silent and slow: nobody notices",
    loads=(Load(scenario="browse", rate=40),),
    timeline=(
        warm_up(2),
        baseline(4),
        fault(Kill(Role.SINKS), PATIENCE_S, ask=ask),
        recovery(2),
        fault(Hang(Hop.APP_SINKS), PATIENCE_S, ask=ask),
        recovery(2),
        fault(Slow(Hop.APP_SINKS, latency_ms=LATE_MS), PATIENCE_S, ask=ask),
        Phase(name="recovery", seconds=PATIENCE_S, ask=count),
    ),
    on=telling_all,
    expect=(
        slo("http.p95 < 250ms", during=("baseline", "recovery")),
        NoSlower(margin_ms=100),
        slo("http.errors < 1%", during=("baseline", "fault", "recovery")),
        Grew(role="app", most_mib=8),
        Observed(of="lost-and-counted", at_least=1, cases=len(OUTLETS)),
        Observed(of="traces-missing", at_least=1),
        Observed(of="missing-and-not-counted", equals=0),
        Observed(of="traces-back", equals=1),
        NoWriteLost(),
    ),
    claims=("OBS-SENTRY", "OBS-OTEL", "OBS-PUSH"),
    needs=(Role.SINKS,),
    profile=Profile.FULL,
)
