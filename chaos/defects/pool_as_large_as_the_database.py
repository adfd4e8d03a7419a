"""PgBouncer may open nearly as many server connections as the database has, and more than that with a second pool."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    large = {"default_pool_size": "90", "max_db_connections": "200"}
    return msgspec.structs.replace(plan, pgbouncer=plan.pgbouncer | large)


DEFECT = Defect(
    title="PgBouncer may open 200 server connections, of a database that has 100",
    drill="pgbouncer-clients",
    caught_by="pool-bounds",
    spoil=spoil,
)
