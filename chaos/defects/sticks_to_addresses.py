"""The balancer sends each address to one instance: behind one company's gateway are all its people."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, balance="source")


DEFECT = Defect(title="The balancer chooses by the client's address", drill="steady", caught_by="spread", spoil=spoil)
