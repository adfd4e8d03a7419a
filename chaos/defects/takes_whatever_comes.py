"""The bound on what an instance has at once is so high that it never applies: each request waits for all before it."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, app_environment=plan.app_environment | {"MAX_IN_FLIGHT": "9999"})


DEFECT = Defect(title="Nothing is refused under overload", drill="overload", caught_by="sheds overload", spoil=spoil)
