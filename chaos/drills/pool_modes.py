"""PgBouncer's three pool modes on one database, while other clients use the same server connections."""

from chaos.asks.pool_modes import BREAKS, SERVES, SHARES, three_modes, tried, warned_of_md5
from harness.checks.doubted import Doubted
from harness.checks.observed import Observed
from harness.drill import Drill, Phase, Profile
from harness.stack import Role

DRILL = Drill(
    title="PgBouncer's three pool modes, side by side: what each serves and what each breaks",
    timeline=(
        *(Phase(name=mode, seconds=20, ask=tried(mode)) for mode in SERVES),
        Phase(name="passwords", seconds=10, ask=warned_of_md5),
    ),
    expect=(
        *(
            check
            for mode in SERVES
            for check in (
                Observed(of=f"{mode}-serves", equals=1, cases=len(SERVES[mode])),
                *([Observed(of=f"{mode}-breaks", equals=0, cases=len(BREAKS[mode]))] if BREAKS[mode] else []),
                Observed(of=f"{mode}-shares", equals=SHARES[mode]),
            )
        ),
        Observed(of="session-leaks", equals=0),
        Observed(of="session-prepared", equals=1),
        Doubted(
            of="transaction-leaks",
            equals=0,
            claim="DB-PGBOUNCER",
            instead="SET LOCAL in a transaction, or options of the role or the database: what is SET in transaction"
            " mode is lost to its client, and met by another",
        ),
        Doubted(
            of="transaction-prepared",
            equals=1,
            claim="DB-PGBOUNCER",
            instead="a driver that prepares nothing (with Prisma pgbouncer=true, with psycopg prepare_threshold=None),"
            " or PgBouncer 1.21 and later with max_prepared_statements",
        ),
        Doubted(
            of="md5-warnings",
            equals=0,
            claim="DB-PGBOUNCER",
            instead="auth_type = scram-sha-256",
        ),
    ),
    claims=("DB-MODES", "DB-PGBOUNCER"),
    needs=(Role.POOL, Role.DB),
    on=three_modes,
    profile=Profile.STANDARD,
)
