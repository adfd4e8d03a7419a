"""The balancer gives every instance its turn, however slow it has become."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, balance="roundrobin")


DEFECT = Defect(
    title="The balancer's algorithm is round robin",
    drill="throttle-instance",
    caught_by="slo http.p95 fault",
    spoil=spoil,
)
