"""PgBouncer's max_client_conn is left at its default of 100."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, pgbouncer=plan.pgbouncer | {"max_client_conn": "100"})


DEFECT = Defect(
    title="PgBouncer takes 100 clients, not 1,000",
    drill="pgbouncer-clients",
    caught_by="observed clients",
    spoil=spoil,
)
