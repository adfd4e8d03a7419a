"""The balancer only opens the port: the kernel of an instance that can open nothing more goes on taking connections."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import HealthCheck, StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, health_check=HealthCheck(path=None))


DEFECT = Defect(
    title="The balancer asks the port, and an instance without descriptors has one",
    drill="resources-gone",
    caught_by="detected",
    spoil=spoil,
)
