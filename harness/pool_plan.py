"""How many connections an instance may hold: the guide's two formulas."""

import math

import msgspec

from harness.errors import UsageError

SHARE = 0.75
"""Of what is there for each: the guide's margin."""

RESERVED = 20
"""For administration, monitoring and people: the guide says 10 to 20."""


class PoolPlan(msgspec.Struct, frozen=True, kw_only=True):
    """For `instances` that may hold `per_instance` connections each, of a database that has `max_connections`."""

    max_connections: int
    reserved: int
    instances: int
    per_instance: int

    @property
    def total(self) -> int:
        return self.while_deploying(0)

    def while_deploying(self, more: int) -> int:
        """With `more` instances of the next version beside all of the old one."""
        return (self.instances + more) * self.per_instance

    def fits(self, connections: int) -> bool:
        return connections <= self.max_connections - self.reserved


def shared_out(max_connections: int, instances: int) -> int:
    """The guide's first formula: all there is, by the number of instances."""
    return max_connections // instances


def planned(max_connections: int, instances: int, *, reserved: int = RESERVED, share: float = SHARE) -> PoolPlan:
    """The guide's second formula: what is not reserved, by the number of instances, and of that a share. Raises
    UsageError where that leaves none.
    """
    valid = instances >= 1 and 0 < share <= 1 and reserved >= 0
    per_instance = math.floor(share * (max_connections - reserved) / instances) if valid else 0
    if per_instance < 1:
        raise UsageError(
            f"{instances} instances cannot share {share:g} of {max_connections - reserved} connections",
            "plan with 1 instance or more, a share of up to 1, and more connections than are reserved",
        )
    return PoolPlan(max_connections=max_connections, reserved=reserved, instances=instances, per_instance=per_instance)
