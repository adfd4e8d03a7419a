"""The database has no connection left for anybody: what PgBouncer holds goes on serving, and what comes past it is told
clearly.
"""

from chaos.asks.past_the_pool import ASKED, ask_for_a_connection
from chaos.faults.exhaust_connections import ExhaustConnections
from harness.checks.back_at_baseline import BackAtBaseline
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.observed import Observed
from harness.checks.recovered import Recovered
from harness.checks.slo import slo
from harness.drill import Drill, Load, Profile, baseline, fault, recovery, warm_up
from harness.stack import Role

REFUSED = (
    "remaining connection slots are reserved for roles with the SUPERUSER attribute",
    # The same, up to PostgreSQL 15.
    "remaining connection slots are reserved for non-replication superuser connections",
    # Where superusers have theirs already.
    "sorry, too many clients already",
)


DRILL = Drill(
    title="The database's connections are exhausted, and those that PgBouncer holds serve on",
    loads=(Load(scenario="browse", rate=25),),
    timeline=(warm_up(2), baseline(4), fault(ExhaustConnections(), 20, ask=ask_for_a_connection), recovery(4)),
    expect=(
        slo("http.p95 < 1s", during=("baseline", "fault", "recovery")),
        slo("http.errors < 1%", during=("baseline", "recovery")),
        slo("http.errors < 5%", during="fault"),
        Observed(of="refused-with", among=REFUSED, cases=ASKED),
        Recovered(within=6),
        BackAtBaseline(role="db", metrics=("connections",), margin=20),
        NoWriteLost(),
    ),
    claims=("DB-POOL", "DB-PGBOUNCER"),
    needs=(Role.APP, Role.LB, Role.POOL, Role.DB),
    profile=Profile.STANDARD,
)
