"""A breaker that tries again at once: a service that is down is asked without end."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, app_environment=plan.app_environment | {"AI_BREAKER_RESET_MS": "200"})


DEFECT = Defect(
    title="The breaker is open for 0.2 s",
    drill="breaker",
    caught_by="breaker",
    spoil=spoil,
)
