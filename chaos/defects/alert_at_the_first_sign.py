"""The alert of scans lost its `for`: it calls for what the next run of the scan puts right by itself."""

import re

from chaos.alarms import with_rules
from harness.defect import Defect
from harness.stacks.plan import StackPlan

PATIENCE = re.compile(r"(alert: SecurityScanFailed\n(?:.*\n)*?)\s+for: 30s\n")


def spoil(plan: StackPlan) -> StackPlan:
    return with_rules(plan, PATIENCE, r"\g<1>")


DEFECT = Defect(
    title="An alert fires on a single blip",
    drill="alerts",
    caught_by="no-alert blip",
    spoil=spoil,
)
