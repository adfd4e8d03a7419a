"""PgBouncer has as many server connections as there are slow reports, and none in reserve: they stop everything."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    small = {"default_pool_size": "20", "reserve_pool_size": "0"}
    return msgspec.structs.replace(plan, pgbouncer=plan.pgbouncer | small)


DEFECT = Defect(
    title="Slow reports can have every server connection of PgBouncer",
    drill="slow-queries",
    caught_by="slo http.errors fault",
    spoil=spoil,
)
