"""kill: SIGKILL to a member. Heal starts it again."""

from harness.fault import Felt, Gone, MemberFault, one
from harness.stack import Harmable, Role


class Kill(MemberFault, tag="kill", frozen=True):
    def undo(self) -> str:
        return f"start {self.target} again"

    async def inject(self, stack: Harmable) -> Felt:
        return await self.until_felt(stack, began=await stack.kill(self.target))

    async def heal(self, stack: Harmable) -> Gone:
        await stack.start(self.target)
        return await self.until_gone(stack, f"{self.target} was started again and serves")

    async def seen(self, stack: Harmable) -> str | None:
        return None if await stack.accepts(self.target) else f"{self.target} is dead and its port refuses connections"


EXAMPLE = Kill(Role.APP, one)
"""What the contract test of all faults tries."""
