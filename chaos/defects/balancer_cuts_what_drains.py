"""The balancer takes "not ready" for dead, and cuts off what an instance that drains has begun."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import HealthCheck, StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, health_check=HealthCheck(drains=False))


DEFECT = Defect(
    title="The balancer cuts off what an instance that drains has begun",
    drill="rolling-deploy",
    caught_by="slo http.errors fault",
    spoil=spoil,
)
