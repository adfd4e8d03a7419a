from chaos.asks.returning import INSTEAD, begin_to_ask, until_served
from chaos.companions.patient_client import CONNECT_TIMEOUT_S
from chaos.faults.restart import Restart
from chaos.pooler_defaults import by_the_guide
from harness.checks.doubted import Doubted
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.observed import Observed
from harness.checks.recovered import Recovered
from harness.checks.slo import slo
from harness.drill import Abort, Drill, Load, Phase, Profile, baseline, fault, recovery, warm_up
from harness.stack import Role

DRILL = Drill(
    title="Postgres is restarted under load, with PgBouncer's own defaults",
    loads=(Load(scenario="browse", rate=30),),
    timeline=(
        warm_up(2),
        baseline(4),
        Phase(name="one more client", seconds=10, ask=begin_to_ask),
        fault(Restart(Role.DB), 1),
        Phase(name="return", seconds=40, ask=until_served),
        recovery(4),
    ),
    # It is an outage, as it must be: how long it lasts is the question.
    abort=Abort(errors_percent=100),
    on=by_the_guide,
    expect=(
        slo("http.p95 < 1s", during="baseline"),
        slo("http.errors < 1%", during="baseline"),
        Observed(of="recovery-seconds", at_most=20),
        Doubted(of="recovery-seconds", at_most=10, claim="DB-RESTART", instead=INSTEAD),
        Doubted(of="query-seconds", at_most=CONNECT_TIMEOUT_S, claim="DB-RESTART", instead=INSTEAD),
        Recovered(within=20),
        NoWriteLost(),
    ),
    claims=("DB-RESTART",),
    needs=(Role.DB, Role.POOL),
    profile=Profile.FULL,
)
