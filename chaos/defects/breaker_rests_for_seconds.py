"""A breaker that is open for 3 s, where somebody has left a nought out of the guide's 30."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, app_environment=plan.app_environment | {"AI_BREAKER_RESET_MS": "3000"})


DEFECT = Defect(
    title="The breaker is open for 3 s, and not for 30 s",
    drill="breaker-as-stated",
    caught_by="breaker",
    spoil=spoil,
)
