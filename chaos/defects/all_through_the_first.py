"""The balancer fills one instance before it asks the next, however slow it has become: the others add nothing."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, balance="first")


DEFECT = Defect(title="Further instances get no work", drill="scale", caught_by="scales", spoil=spoil)
