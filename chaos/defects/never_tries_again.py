"""One try: whatever passes in a moment is an error to somebody."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, app_environment=plan.app_environment | {"AI_RETRY_TIMES": "1"})


DEFECT = Defect(
    title="A call is tried once",
    drill="transient-errors",
    caught_by="error-budget",
    spoil=spoil,
)
