"""A breaker that opens at a tenth of the calls, where half of them is stated."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, app_environment=plan.app_environment | {"AI_BREAKER_ERROR_PERCENT": "10"})


DEFECT = Defect(
    title="The breaker opens at 10 %",
    drill="breaker",
    caught_by="breaker",
    spoil=spoil,
)
