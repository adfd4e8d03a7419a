"""pause: a member is frozen. Its kernel accepts connections, and nobody answers them. Heal lets it go on."""

import asyncio

from harness.fault import Felt, Gone, MemberFault, one
from harness.stack import Harmable, Role

SILENCE_S = 0.3
"""A member that serves answers well within this."""


class Pause(MemberFault, tag="pause", frozen=True):
    def undo(self) -> str:
        return f"let {self.target} go on"

    async def inject(self, stack: Harmable) -> Felt:
        return await self.until_felt(stack, began=await stack.pause(self.target))

    async def heal(self, stack: Harmable) -> Gone:
        await stack.resume(self.target)
        # In case it died in its sleep.
        await stack.start(self.target)
        return await self.until_gone(stack, f"{self.target} goes on and serves")

    async def seen(self, stack: Harmable) -> str | None:
        # A dead member refuses and a sick one complains, both at once: only a frozen one says nothing.
        try:
            async with asyncio.timeout(SILENCE_S):
                await stack.serves(self.target)
        except TimeoutError:
            return f"{self.target} says nothing for {SILENCE_S:g} s"
        return None


EXAMPLE = Pause(Role.APP, one)
"""What the contract test of all faults tries."""
