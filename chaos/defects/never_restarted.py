"""The instances have no restart policy: what the kernel has killed stays away until somebody looks."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, restarts=False)


DEFECT = Defect(
    title="An instance that ended is not started again", drill="out-of-memory", caught_by="returned", spoil=spoil
)
