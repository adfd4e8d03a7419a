"""The certificate is renewed on the disk, and nobody tells the balancer: it shows the old one until it is restarted."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import Renewal, StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    assert plan.tls is not None
    return msgspec.structs.replace(plan, tls=msgspec.structs.replace(plan.tls, renewal=Renewal.FILED))


DEFECT = Defect(
    title="A renewed certificate is not taken up",
    drill="connections-are-encrypted",
    caught_by="observed new-certificate-served",
    spoil=spoil,
)
