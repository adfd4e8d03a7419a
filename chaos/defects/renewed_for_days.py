"""Certificates are renewed, but for a few days each time: the next failure to renew is an outage."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan, Tls


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, tls=Tls(days=7))


DEFECT = Defect(
    title="A renewed certificate is good for a week",
    drill="certificate",
    caught_by="observed renewed-days-left",
    spoil=spoil,
)
