"""A stack that a little load is too much for: one instance, to be held to a part of a CPU by a fault."""

import msgspec

from harness.stacks.plan import StackPlan

IN_FLIGHT = 40
"""As its operator would set it: what it holds a second, times the half second that a request may wait."""


def one_instance(plan: StackPlan) -> StackPlan:
    told = plan.app_environment | {"MAX_IN_FLIGHT": str(IN_FLIGHT)}
    return msgspec.structs.replace(plan, instances=1, app_environment=told)


def few_connections(plan: StackPlan) -> StackPlan:
    """The same with a pool so small that it is what there is too little of, however quick the machine is."""
    return msgspec.structs.replace(one_instance(plan), connection_limit=2)
