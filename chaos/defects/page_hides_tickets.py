"""While anything is paged, no ticket is written: an instance that is down hides another one that runs out of memory."""

from chaos.alarms import with_routes
from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    plan = with_routes(plan, """'alertname = "PoolExhausted"'""", """'severity = "page"'""")
    return with_routes(plan, """'alertname =~ "HighErrorRate|SlowResponses"'""", """'severity = "ticket"'""")


DEFECT = Defect(
    title="Any page inhibits every ticket",
    drill="alerts",
    caught_by="alerted HighMemory fault",
    spoil=spoil,
)
