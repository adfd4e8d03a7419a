"""HSTS was switched off at the balancer while somebody tried something, and left so: it overrides the target's own."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan, Tls


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, tls=Tls(hsts="max-age=0"))


DEFECT = Defect(
    title="HSTS is switched off",
    drill="connections-are-encrypted",
    caught_by="observed hsts-max-age",
    spoil=spoil,
)
