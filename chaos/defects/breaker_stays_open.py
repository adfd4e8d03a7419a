"""A breaker that never tries again: its time was set in milliseconds where somebody thought of seconds."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, app_environment=plan.app_environment | {"AI_BREAKER_RESET_MS": "3000000"})


DEFECT = Defect(
    title="The breaker stays open",
    drill="outage-of-the-ai-service",
    caught_by="observed status-after-end",
    spoil=spoil,
)
