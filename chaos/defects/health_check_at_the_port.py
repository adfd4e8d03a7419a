"""The balancer only opens the port, which the kernel does for a process that is frozen."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import HealthCheck, StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, health_check=HealthCheck(path=None))


DEFECT = Defect(
    title="The balancer asks whether the port is open, and not whether anybody answers",
    drill="pause-instance",
    caught_by="detected",
    spoil=spoil,
)
