"""A renewed certificate is taken up by a restart of the balancer, as a hook does it: everybody is hung up on."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import Renewal, StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    assert plan.tls is not None
    return msgspec.structs.replace(plan, tls=msgspec.structs.replace(plan.tls, renewal=Renewal.RESTARTED))


DEFECT = Defect(
    title="A renewed certificate is taken up by a restart",
    drill="certificate",
    caught_by="observed connections-lost",
    spoil=spoil,
)
