"""Each instance may hold as many connections as the whole database has."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, connection_limit=100)


DEFECT = Defect(
    title="An instance's pool is as large as the whole database",
    drill="pool-plan",
    caught_by="observed own-share",
    spoil=spoil,
)
