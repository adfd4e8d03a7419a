"""PgBouncer has no reserve: what holds its usual connections stops everything."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, pgbouncer=plan.pgbouncer | {"reserve_pool_size": "0"})


DEFECT = Defect(
    title="PgBouncer has no reserve of server connections",
    drill="idle-in-transaction",
    caught_by="observed without-an-answer",
    spoil=spoil,
)
