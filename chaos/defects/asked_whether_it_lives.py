"""The balancer asks whether an instance lives, and not whether it can serve."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import HealthCheck, StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, health_check=HealthCheck(path="/health/live"))


DEFECT = Defect(
    title="The balancer's health check asks /health/live",
    drill="partition-database",
    caught_by="detected",
    spoil=spoil,
)
