"""The balancer never asks whether an instance lives."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, health_check=None)


DEFECT = Defect(title="The balancer has no health checks", drill="kill-instance", caught_by="detected", spoil=spoil)
