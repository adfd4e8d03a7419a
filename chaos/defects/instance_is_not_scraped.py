"""The list of whom Prometheus asks begins with the second instance: what the first one does nobody sees."""

from chaos.alarms import with_config
from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return with_config(plan, "[backend1:4000, backend2:4000", "[backend2:4000")


DEFECT = Defect(
    title="One instance is not scraped",
    drill="alerts",
    caught_by="alerted HighMemory fault",
    spoil=spoil,
)
