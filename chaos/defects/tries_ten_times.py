"""Ten tries where three are stated: what is down gets the load of three."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, app_environment=plan.app_environment | {"AI_RETRY_TIMES": "10"})


DEFECT = Defect(
    title="A call is tried ten times",
    drill="retry-storm",
    caught_by="amplification upstream fault",
    spoil=spoil,
)
