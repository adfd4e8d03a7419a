"""TLS 1.0 is still taken, for the sake of clients that nobody has seen for years."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan, Tls


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, tls=Tls(min_version="TLSv1.0", ciphers="ALL:@SECLEVEL=0"))


DEFECT = Defect(
    title="TLS 1.0 is taken",
    drill="connections-are-encrypted",
    caught_by="observed old-tls-accepted",
    spoil=spoil,
)
