from chaos.faults.kill import Kill
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.recovered import Recovered
from harness.checks.slo import slo
from harness.drill import Abort, Drill, Load, Profile, baseline, fault, recovery, warm_up
from harness.stack import Role

DRILL = Drill(
    title="Postgres is killed, as by a crash: what it had acknowledged it still has",
    # Enough writes that some are acknowledged just before.
    loads=(Load(scenario="browse", rate=30), Load(scenario="reread", rate=8)),
    timeline=(warm_up(2), baseline(4), fault(Kill(Role.DB), 3), recovery(10)),
    # It is an outage, as it must be.
    abort=Abort(errors_percent=100),
    expect=(
        slo("http.p95 < 1s", during="baseline"),
        slo("http.errors < 1%", during="baseline"),
        Recovered(within=6),
        NoWriteLost(),
    ),
    needs=(Role.DB, Role.POOL),
    profile=Profile.FULL,
)
