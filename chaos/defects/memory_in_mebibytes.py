"""The memory is divided into MiB and compared with 0.8, which is meant as a part of a GiB: the alert never ends."""

from chaos.alarms import with_rules
from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return with_rules(plan, "/ (1024 * 1024 * 1024) > 0.8", "/ (1024 * 1024) > 0.8")


DEFECT = Defect(
    title="An alert fires for ever",
    drill="alerts",
    caught_by="no-alert baseline",
    spoil=spoil,
)
