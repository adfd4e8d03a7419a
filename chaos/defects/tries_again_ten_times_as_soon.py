"""100 ms between two tries where 1000 are stated: what fails for half a second fails three times."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, app_environment=plan.app_environment | {"AI_RETRY_INTERVAL_MS": "100"})


DEFECT = Defect(
    title="A call is tried again after a tenth of the stated pause",
    drill="retries-as-stated",
    caught_by="retry-pauses",
    spoil=spoil,
)
