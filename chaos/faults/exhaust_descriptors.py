"""exhaust-descriptors: a process may open nothing more. Heal gives it its limit back."""

import asyncio
import contextlib
import random
import resource
from typing import ClassVar, Self

import msgspec
import psutil

from harness.clock import now
from harness.errors import UsageError
from harness.fault import Felt, Gone, MemberFault, NotFelt, one
from harness.stack import Harmable, Processes, Role, Stack

SILENCE_S = 0.3
"""A member that serves answers well within this."""

LEFT = 3
"""Standard input, output and error: open already, and for good. With none at all even poll(2) would be refused."""


class ExhaustDescriptors(MemberFault, tag="exhaust-descriptors", frozen=True, kw_only=True):
    """By its soft limit of RLIMIT_NOFILE: what is open stays, and nothing new can be, as with a leak that has reached
    the end. `limit` is what it had, once aimed.
    """

    wants: ClassVar[type[object]] = Processes

    limit: int | None = None

    def aimed(self, stack: Stack, draw: random.Random) -> Self:
        victim = super().aimed(stack, draw)
        process = process_of(stack, victim.target)
        return msgspec.structs.replace(victim, limit=process and process.rlimit(psutil.RLIMIT_NOFILE)[0])

    def describe(self) -> str:
        return f"use up the file descriptors of {self.target}"

    def undo(self) -> str:
        return f"let {self.target} open {self.limit if self.limit is not None else 'as many'} files again"

    async def inject(self, stack: Harmable) -> Felt:
        process = process_of(stack, self.target)
        if process is None:
            raise NotFelt(f"{self.target} does not run, so it opens nothing anyway")
        began = now()
        process.rlimit(psutil.RLIMIT_NOFILE, (LEFT, process.rlimit(psutil.RLIMIT_NOFILE)[1]))
        return await self.until_felt(stack, began)

    async def heal(self, stack: Harmable) -> Gone:
        process = process_of(stack, self.target)
        if process is not None:
            _, hard = process.rlimit(psutil.RLIMIT_NOFILE)
            usual = self.limit if self.limit is not None else resource.getrlimit(resource.RLIMIT_NOFILE)[0]
            process.rlimit(psutil.RLIMIT_NOFILE, (usual, hard))
        # In case it died of it.
        await stack.start(self.target)
        return await self.until_gone(stack, f"{self.target} may open files again, and serves")

    async def seen(self, stack: Harmable) -> str | None:
        process = process_of(stack, self.target)
        if process is None or process.rlimit(psutil.RLIMIT_NOFILE)[0] > LEFT:
            return None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SILENCE_S):
                if await stack.serves(self.target):
                    return None
        return f"{self.target} has {process.num_fds()} files open, may open no more, and serves no new connection"


def process_of(stack: Stack, member: str) -> psutil.Process | None:
    """None for a member that does not run."""
    if not isinstance(stack, Processes):
        raise UsageError(f"{member} is no process of this machine to harm", "run it with --stack embedded")
    pid = stack.pids().get(member)
    return psutil.Process(pid) if pid is not None else None


EXAMPLE = ExhaustDescriptors(Role.APP, one)
"""What the contract test of all faults tries."""
