"""The certificate was renewed by hand once, and is about to expire."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan, Tls


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, tls=Tls(days=3))


DEFECT = Defect(
    title="The certificate is about to expire",
    drill="connections-are-encrypted",
    caught_by="observed certificate-days-left",
    spoil=spoil,
)
