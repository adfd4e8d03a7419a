"""What is sampled of calls to the service that is not ours, at both of their ends."""

from harness.sampling.base import Meter
from harness.sampling.breaker import BreakerMeter
from harness.sampling.upstream import UpstreamMeter
from harness.stack import Inspectable, Role


def external_meters(stack: Inspectable) -> list[Meter]:
    """The breaker of each instance, and what the service counts."""
    return [
        *(BreakerMeter(name, *stack.address(name)) for name in stack.members(Role.APP)),
        *(UpstreamMeter(*stack.address(name)) for name in stack.members(Role.UPSTREAM)),
    ]
