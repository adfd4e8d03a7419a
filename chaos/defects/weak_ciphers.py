"""TLS 1.2 with whatever ciphers its library knows: without forward secrecy, with CBC, with SHA-1."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan, Tls


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, tls=Tls(ciphers="ALL:@SECLEVEL=0"))


DEFECT = Defect(
    title="Weak ciphers are taken",
    drill="connections-are-encrypted",
    caught_by="observed weak-cipher-accepted",
    spoil=spoil,
)
