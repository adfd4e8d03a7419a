"""Four tries where three are stated: off by one, as when the first is not counted."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, app_environment=plan.app_environment | {"AI_RETRY_TIMES": "4"})


DEFECT = Defect(
    title="A call is tried four times",
    drill="retries-as-stated",
    caught_by="tries",
    spoil=spoil,
)
