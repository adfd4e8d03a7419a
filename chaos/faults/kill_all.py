"""kill-all: every member of some roles is killed at once, as when their machine goes. Heal starts all of them again."""

import asyncio
import random
from typing import Self

import msgspec

from harness.clock import now
from harness.errors import UsageError
from harness.fault import Fault, Felt, Gone, NotGone
from harness.stack import Harmable, Role, Stack
from harness.stacks.together import together


class KillAll(Fault, tag="kill-all", frozen=True, kw_only=True):
    """In effect from when the last of them is dead. When they start none waits for another: each must find what it
    needs when that comes.
    """

    roles: tuple[Role, ...]
    members: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.roles:
            raise UsageError("kill-all names no role, so there is nobody to kill", "name one or more")

    def aimed(self, stack: Stack, draw: random.Random) -> Self:
        for role in self.roles:
            if not stack.members(role):
                raise UsageError(
                    f"this stack has no {role.value} to harm", "see `harness drills` for what a drill needs"
                )
        members = tuple(member for role in self.roles for member in stack.members(role))
        return msgspec.structs.replace(self, members=members)

    @property
    def target(self) -> str:
        return ", ".join(self.members or (f"every {role.value}" for role in self.roles))

    def describe(self) -> str:
        return f"kill {self.target} at once"

    def undo(self) -> str:
        return f"start {self.target} again, at once"

    async def inject(self, stack: Harmable) -> Felt:
        died = await asyncio.gather(*map(stack.kill, self.members))
        return await self.until_felt(stack, began=max(died, default=now()))

    async def heal(self, stack: Harmable) -> Gone:
        await together(*map(stack.start, self.members))
        still = [member for member in self.members if not await stack.serves(member)]
        if still:
            raise NotGone(f"{', '.join(still)} does not serve, after it was undone: {self.undo()}")
        return Gone(now(), f"{self.target} were started again and serve")

    async def seen(self, stack: Harmable) -> str | None:
        if any(await asyncio.gather(*map(stack.accepts, self.members))):
            return None
        return f"{self.target} are dead and their ports refuse connections"


EXAMPLE = KillAll(roles=(Role.APP, Role.CACHE))
"""What the contract test of all faults tries."""
