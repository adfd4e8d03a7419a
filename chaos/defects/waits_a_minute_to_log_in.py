"""PgBouncer was told to be patient with a database that is down: it does not see that it is back, either."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, pgbouncer=plan.pgbouncer | {"server_login_retry": "60"})


DEFECT = Defect(
    title="PgBouncer logs in to a database that was down once a minute",
    drill="restart-postgres-defaults",
    caught_by="observed recovery-seconds",
    spoil=spoil,
)
