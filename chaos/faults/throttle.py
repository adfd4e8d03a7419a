"""throttle: a member gets only a little of a CPU. Heal gives it its own limit back."""

import asyncio
import contextlib
from typing import ClassVar

from harness.errors import StackError, UsageError
from harness.fault import LOOK_EVERY_S, Felt, Gone, MemberFault, one
from harness.stack import Containers, Harmable, Role

LEAST_CPUS, MOST_CPUS = 0.01, 1.0
LOOKS = 5
QUESTIONS = 20
STEPS_A_CPU = 400_000
"""Of counting in a shell: at a twentieth of a CPU, about 20 ms of work, which is more than it gets in 100 ms."""

COUNT = 'i=0; while [ "$i" -lt "$1" ]; do i=$((i + 1)); done'


class Throttle(MemberFault, tag="throttle", frozen=True, kw_only=True):
    """`cpus` is a share of one CPU: a tenth of what the guide gives an instance, where nothing else is said."""

    wants: ClassVar[type[object]] = Containers

    cpus: float = 0.05

    def __post_init__(self) -> None:
        if not LEAST_CPUS <= self.cpus <= MOST_CPUS:
            text = f"a member cannot be throttled to {self.cpus:g} CPUs"
            raise UsageError(text, f"use {LEAST_CPUS:g} to {MOST_CPUS:g}")

    def describe(self) -> str:
        return f"throttle {self.target} to {self.cpus:g} CPUs"

    def undo(self) -> str:
        return f"give {self.target} its CPU limit back"

    async def inject(self, stack: Harmable) -> Felt:
        assert isinstance(stack, Containers)
        return await self.until_felt(stack, began=await stack.limit(self.target, cpus=self.cpus))

    async def heal(self, stack: Harmable) -> Gone:
        assert isinstance(stack, Containers)
        await stack.unlimit(self.target)
        return await self.until_gone(stack, f"{self.target} has its CPU limit back, and serves")

    async def seen(self, stack: Harmable) -> str | None:
        assert isinstance(stack, Containers)
        limit = (await stack.state(self.target)).cpus
        if limit is None or limit > self.cpus:
            return None
        before = await self._held_back(stack)
        after = await self._soon_held_back(stack, before)
        # Nothing holds an idle member back: it is asked a lot, and, if that is nothing to it, made to count.
        if after == before:
            await asyncio.gather(*(stack.serves(self.target) for _ in range(QUESTIONS)))
            after = await self._soon_held_back(stack, before)
        if after == before:
            work = ["sh", "-c", COUNT, "sh", f"{STEPS_A_CPU * self.cpus:.0f}"]
            # It may have no shell, and be busy enough by itself.
            with contextlib.suppress(StackError):
                await stack.run(self.target, work, wait=False)
            after = await self._soon_held_back(stack, before)
        if after == before:
            return None
        return f"{self.target} was held back in {after - before:g} periods of 100 ms, at {limit:g} CPUs"

    async def _soon_held_back(self, stack: Containers, before: float) -> float:
        for _ in range(LOOKS):
            if (after := await self._held_back(stack)) > before:
                return after
            await asyncio.sleep(LOOK_EVERY_S)
        return before

    async def _held_back(self, stack: Containers) -> float:
        return (await stack.stats(self.target))["throttled_periods"]


EXAMPLE = Throttle(Role.APP, one)
"""What the contract test of all faults tries."""
