"""PgBouncer pools sessions: a client keeps its server connection for as long as it is connected, used or not."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, pgbouncer=plan.pgbouncer | {"pool_mode": "session"})


DEFECT = Defect(
    title="PgBouncer pools sessions: it serves no more clients than it has connections",
    drill="pool-modes",
    caught_by="observed transaction-shares",
    spoil=spoil,
)
