"""The balancer's health checks are rare, and many must fail: one every two seconds, and the fourth."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import HealthCheck, StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, health_check=HealthCheck(every_ms=2000, fall=4))


DEFECT = Defect(
    title="The balancer's health checks are too slow",
    drill="kill-instance",
    caught_by="detected",
    spoil=spoil,
)
