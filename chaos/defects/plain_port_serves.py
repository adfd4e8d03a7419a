"""The plain port serves in place of sending people on to TLS."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan, Tls


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, tls=Tls(redirect=False))


DEFECT = Defect(
    title="The plain port serves",
    drill="connections-are-encrypted",
    caught_by="observed plain-status",
    spoil=spoil,
)
