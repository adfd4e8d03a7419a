"""Who finds no free connection waits for up to a minute: as long as the database is slow, requests pile up."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, pool_timeout_s=60)


DEFECT = Defect(
    title="A request waits for a connection for up to a minute",
    drill="exhaust-pool",
    caught_by="observed refused",
    spoil=spoil,
)
