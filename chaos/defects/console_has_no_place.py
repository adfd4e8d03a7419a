"""PgBouncer takes as many clients as the instances are, and there is no place for who asks it for its figures."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    clients = str(plan.instances * plan.connection_limit)
    return msgspec.structs.replace(plan, pgbouncer=plan.pgbouncer | {"max_client_conn": clients})


DEFECT = Defect(
    title="PgBouncer has no client connection left for its console",
    drill="pool-is-watched",
    caught_by="sampled pool",
    spoil=spoil,
)
