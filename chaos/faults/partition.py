"""partition: a member and a role cannot reach each other any more; all other links are whole. Heal mends the link."""

import random
from typing import ClassVar

import msgspec

from harness.errors import UsageError
from harness.fault import Felt, Gone, MemberFault, one
from harness.stack import Containers, Harmable, Role, Stack


class Partition(MemberFault, tag="partition", frozen=True, kw_only=True):
    """`Partition(Role.APP, one, from_=Role.CACHE)` cuts one instance off, `Partition(Role.CACHE, from_=Role.APP)` the
    cache from all of them. The link must be a network of its own, as in docker-compose.yml.
    """

    wants: ClassVar[type[object]] = Containers

    from_: Role = msgspec.field(name="from")

    def __post_init__(self) -> None:
        if self.role is self.from_:
            raise UsageError(f"no partition can be between {self.role.value} and itself", "name another role")

    def aimed(self, stack: Stack, draw: random.Random) -> "Partition":
        found = super().aimed(stack, draw)
        if not stack.members(self.from_):
            raise UsageError(
                f"this stack has no {self.from_.value} to cut {found.target} off from", "name another role"
            )
        return found

    def describe(self) -> str:
        return f"partition {self.target} from {self.from_.value}"

    def undo(self) -> str:
        return f"put {self.target} back on its network with {self.from_.value}"

    async def inject(self, stack: Harmable) -> Felt:
        assert isinstance(stack, Containers)
        return await self.until_felt(stack, began=await stack.cut(self.target, self.from_))

    async def heal(self, stack: Harmable) -> Gone:
        assert isinstance(stack, Containers)
        await stack.mend(self.target, self.from_)
        return await self.until_gone(stack, f"{self.target} is back on its network with {self.from_.value}, and serves")

    async def seen(self, stack: Harmable) -> str | None:
        assert isinstance(stack, Containers)
        own = set((await stack.state(self.target)).networks)
        for other in stack.members(self.from_):
            if own.intersection((await stack.state(other)).networks):
                return None
        return f"{self.target} is on no network with {self.from_.value}"


EXAMPLE = Partition(Role.APP, one, from_=Role.CACHE)
"""What the contract test of all faults tries."""
