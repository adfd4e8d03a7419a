"""A breaker that opens at one call in 50: what retries had mended is cut off."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, app_environment=plan.app_environment | {"AI_BREAKER_ERROR_PERCENT": "2"})


DEFECT = Defect(
    title="The breaker opens at 2 %",
    drill="transient-errors",
    caught_by="unchanged breaker",
    spoil=spoil,
)
