"""PgBouncer closes what it does not use at once, and would have to connect anew when nobody can."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan

NOTHING_KEPT = {"min_pool_size": "0", "server_idle_timeout": "1", "server_lifetime": "1"}


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, pgbouncer=plan.pgbouncer | NOTHING_KEPT)


DEFECT = Defect(
    title="PgBouncer keeps no server connection for more than a second",
    drill="exhaust-connections",
    caught_by="slo http.errors fault",
    spoil=spoil,
)
