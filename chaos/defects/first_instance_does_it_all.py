"""The balancer fills one instance before it asks the next: the others wait for work."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, balance="first")


DEFECT = Defect(title="The balancer fills its first instance first", drill="steady", caught_by="spread", spoil=spoil)
