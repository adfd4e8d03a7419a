"""The period of notifications is written as 90m, meant as months: it is minutes."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    told = {"RETAIN_READ_NOTIFICATIONS": "90m"}
    return msgspec.structs.replace(plan, app_environment={**plan.app_environment, **told})


DEFECT = Defect(
    title="Notifications are kept for 90 minutes in place of 90 days",
    drill="retention-twice",
    caught_by="observed rows-too-many",
    spoil=spoil,
)
