"""Two tries where three are stated: hardly more fails, and nobody would notice."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, app_environment=plan.app_environment | {"AI_RETRY_TIMES": "2"})


DEFECT = Defect(
    title="A call is given up after its second try",
    drill="retries-as-stated",
    caught_by="tries",
    spoil=spoil,
)
