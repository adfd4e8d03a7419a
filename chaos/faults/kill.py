"""kill: SIGKILL to an instance. Heal starts it again."""

import random

import msgspec

from harness.clock import now
from harness.fault import Fault, Felt, Gone, NotFelt, NotGone, Pick, draw_members, one
from harness.stack import Harmable, Role, Stack


class Kill(Fault, tag="kill", frozen=True):
    role: Role
    which: Pick | str = one

    def aimed(self, stack: Stack, draw: random.Random) -> "Kill":
        return msgspec.structs.replace(self, which=draw_members(stack, self.role, self.which, draw))

    @property
    def target(self) -> str:
        return self.which if isinstance(self.which, str) else f"one {self.role.value}"

    def undo(self) -> str:
        return f"start {self.target} again"

    async def inject(self, stack: Harmable) -> Felt:
        began = now()
        await stack.kill(self.target)
        if await stack.accepts(self.target):
            raise NotFelt(f"{self.target} still accepts connections after SIGKILL")
        return Felt(began, now(), f"{self.target} is dead and its port refuses connections")

    async def heal(self, stack: Harmable) -> Gone:
        await stack.start(self.target)
        if not await stack.serves(self.target):
            raise NotGone(f"{self.target} was started again but does not serve")
        return Gone(now(), f"{self.target} answers again and gets traffic")


EXAMPLE = Kill(Role.APP, one)
"""What the contract test of all faults tries."""
