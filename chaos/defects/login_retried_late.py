"""PgBouncer as it comes: after a login that failed it waits 15 s, in which nobody gets a connection."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, pgbouncer=plan.pgbouncer | {"server_login_retry": "15"})


DEFECT = Defect(
    title="PgBouncer tries a failed login again after 15 s",
    drill="cut-postgres",
    caught_by="recovered",
    spoil=spoil,
)
