"""Tries without a pause between: three calls reach a service at the moment at which it fails."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, app_environment=plan.app_environment | {"AI_RETRY_INTERVAL_MS": "1"})


DEFECT = Defect(
    title="There is no pause between tries",
    drill="retry-storm",
    caught_by="retry-pauses",
    spoil=spoil,
)
