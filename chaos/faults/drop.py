"""drop: a server that keeps nothing on disk is gone, with all that it held. Heal starts it again, empty."""

from harness.errors import UsageError
from harness.fault import Felt, Gone, MemberFault
from harness.stack import Harmable, Role


class Drop(MemberFault, tag="drop", frozen=True):
    def __post_init__(self) -> None:
        if self.role is not Role.CACHE:
            raise UsageError(f"drop loses what a server holds, so it is for the cache only, not for {self.role.value}")

    def undo(self) -> str:
        return f"start {self.target} again, empty"

    async def inject(self, stack: Harmable) -> Felt:
        return await self.until_felt(stack, began=await stack.kill(self.target))

    async def heal(self, stack: Harmable) -> Gone:
        await stack.start(self.target)
        return await self.until_gone(stack, f"{self.target} was started again, empty, and serves")

    async def seen(self, stack: Harmable) -> str | None:
        return None if await stack.accepts(self.target) else f"{self.target} is gone and its port refuses connections"


EXAMPLE = Drop(Role.CACHE)
"""What the contract test of all faults tries."""
