"""stop: a member is asked to end, as a deploy asks it, and finishes what it does. Heal starts it again."""

from harness.fault import Felt, Gone, MemberFault, one
from harness.stack import Harmable, Role


class Stop(MemberFault, tag="stop", frozen=True):
    """In effect from the SIGTERM on: from then on the member turns new work away."""

    def undo(self) -> str:
        return f"start {self.target} again"

    async def inject(self, stack: Harmable) -> Felt:
        return await self.until_felt(stack, began=await stack.stop(self.target))

    async def heal(self, stack: Harmable) -> Gone:
        await stack.start(self.target)
        return await self.until_gone(stack, f"{self.target} was started again and serves")

    async def seen(self, stack: Harmable) -> str | None:
        return None if await stack.accepts(self.target) else f"{self.target} has ended and its port refuses connections"


EXAMPLE = Stop(Role.APP, one)
"""What the contract test of all faults tries."""
