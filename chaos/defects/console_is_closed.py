"""PgBouncer's console lets nobody in: its users were listed for the database, and forgotten for the console."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, pgbouncer=plan.pgbouncer | {"admin_users": "", "stats_users": ""})


DEFECT = Defect(
    title="PgBouncer's console lets nobody in", drill="pool-is-watched", caught_by="sampled pool", spoil=spoil
)
