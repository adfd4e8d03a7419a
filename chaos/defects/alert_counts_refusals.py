"""The alert of errors counts 4xx too: who guesses passwords wakes whoever is on call."""

from chaos.alarms import with_rules
from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return with_rules(plan, 'status=~"5.."', 'status=~"[45].."')


DEFECT = Defect(
    title="Refusals count as errors",
    drill="alerts",
    caught_by="no-alert fault",
    spoil=spoil,
)
