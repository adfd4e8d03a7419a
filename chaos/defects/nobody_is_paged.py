"""Alertmanager pages for the severity "critical", the rules say "page": everything becomes a ticket for the morning."""

from chaos.alarms import with_routes
from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return with_routes(plan, 'severity = "page"', 'severity = "critical"')


DEFECT = Defect(
    title="Pages are routed as tickets",
    drill="alerts",
    caught_by="alerted HealthCheckFailed fault",
    spoil=spoil,
)
