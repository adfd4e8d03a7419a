"""Somebody was woken too often: the alert of the pool now waits for five minutes, and an outage is over before it."""

import re

from chaos.alarms import with_rules
from harness.defect import Defect
from harness.stacks.plan import StackPlan

PATIENCE = re.compile(r"(alert: PoolExhausted\n(?:.*\n)*?\s+for: )30s")


def spoil(plan: StackPlan) -> StackPlan:
    return with_rules(plan, PATIENCE, r"\g<1>5m")


DEFECT = Defect(
    title="An alert waits ten times too long",
    drill="alerts-of-answers",
    caught_by="alerted PoolExhausted exhausted",
    spoil=spoil,
)
