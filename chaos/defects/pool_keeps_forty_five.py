"""PgBouncer keeps 45 server connections open, for the day when they are needed: half of what the database has."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    kept = {"default_pool_size": "45", "min_pool_size": "45"}
    return msgspec.structs.replace(plan, pgbouncer=plan.pgbouncer | kept)


DEFECT = Defect(
    title="PgBouncer keeps 45 server connections open",
    drill="slow-queries",
    caught_by="pool-bounds",
    spoil=spoil,
)
