"""The bound on what an instance has at once was copied from a service that does one thing at a time: it refuses what it
could well serve, and nobody sees it before the burst.
"""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, app_environment=plan.app_environment | {"MAX_IN_FLIGHT": "2"})


DEFECT = Defect(
    title="An instance refuses what it could well serve",
    drill="overload",
    caught_by="sheds overload",
    spoil=spoil,
)
