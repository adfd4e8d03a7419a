"""drop: a server that keeps nothing on disk is gone, with all that it held. Heal starts it again, empty."""

import random

import msgspec

from harness.clock import now
from harness.errors import UsageError
from harness.fault import Fault, Felt, Gone, NotFelt, NotGone, draw_members, one
from harness.stack import Harmable, Role, Stack


class Drop(Fault, tag="drop", frozen=True):
    role: Role
    which: str = ""

    def __post_init__(self) -> None:
        if self.role is not Role.CACHE:
            raise UsageError(f"drop loses what a server holds, so it is for the cache only, not for {self.role.value}")

    def aimed(self, stack: Stack, draw: random.Random) -> "Drop":
        return msgspec.structs.replace(self, which=draw_members(stack, self.role, self.which or one, draw))

    @property
    def target(self) -> str:
        return self.which or self.role.value

    def undo(self) -> str:
        return f"start {self.target} again, empty"

    async def inject(self, stack: Harmable) -> Felt:
        began = now()
        await stack.kill(self.target)
        if await stack.accepts(self.target):
            raise NotFelt(f"{self.target} still accepts connections after it was dropped")
        return Felt(began, now(), f"{self.target} is gone and its port refuses connections")

    async def heal(self, stack: Harmable) -> Gone:
        await stack.start(self.target)
        if not await stack.serves(self.target):
            raise NotGone(f"{self.target} was started again but does not serve")
        return Gone(now(), f"{self.target} answers again")


EXAMPLE = Drop(Role.CACHE)
"""What the contract test of all faults tries."""
