"""The alert of errors asks for the label `code`, as many services call it. Here it is `status`: nothing matches."""

from chaos.alarms import with_rules
from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return with_rules(plan, 'status=~"5.."', 'code=~"5.."')


DEFECT = Defect(
    title="An alert rule has the wrong label",
    drill="alerts-of-answers",
    caught_by="alerted HighErrorRate failing",
    spoil=spoil,
)
