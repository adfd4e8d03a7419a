"""hog-cpu: a process of the same priority wants all of the core that a member runs on. Heal ends it."""

import asyncio
import contextlib
import os
from typing import ClassVar

import psutil

from chaos.faults.exhaust_descriptors import process_of
from harness.clock import now
from harness.errors import UsageError
from harness.fault import Felt, Gone, MemberFault, NotFelt, one
from harness.stack import Harmable, Processes, Role

MODULE = "chaos.companions.hog_cpu"
LOOK_S = 0.3
LEAST_SHARE = 0.3
"""Of the core: alone against an instance that wants all of it too, a hog gets half."""
MOST = 16


class HogCpu(MemberFault, tag="hog-cpu", frozen=True, kw_only=True):
    """The member is held on one core, which `hogs` others want whole. Everybody else, the load generator first of all,
    has the other cores: where there are none, nothing is done.
    """

    wants: ClassVar[type[object]] = Processes

    hogs: int = 3

    def __post_init__(self) -> None:
        if not 1 <= self.hogs <= MOST:
            raise UsageError(f"{self.hogs} hogs cannot be let at a core", f"use 1 to {MOST}")

    @property
    def companion(self) -> str:
        return f"hog-{self.target}"

    def describe(self) -> str:
        return f"let {self.hogs} others compete with {self.target} for its core"

    def undo(self) -> str:
        return f"end what competes with {self.target}, and let it run on any core"

    async def inject(self, stack: Harmable) -> Felt:
        assert isinstance(stack, Processes)
        process = process_of(stack, self.target)
        if process is None:
            raise NotFelt(f"{self.target} does not run, so it wants no CPU")
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) < 2:
            raise NotFelt("there is only one core: the load generator would be starved too")
        began = now()
        place(process, [cores[-1]])
        environment = {"CORE": str(cores[-1]), "HOGS": str(self.hogs), "NICE": str(process.nice())}
        await stack.accompany(self.companion, MODULE, environment)
        return await self.until_felt(stack, began)

    async def heal(self, stack: Harmable) -> Gone:
        assert isinstance(stack, Processes)
        await stack.leave(self.companion)
        process = process_of(stack, self.target)
        if process is not None:
            place(process, sorted(os.sched_getaffinity(0)))
        await stack.start(self.target)
        return await self.until_gone(stack, f"{self.target} has its core for itself, and any other")

    async def seen(self, stack: Harmable) -> str | None:
        assert isinstance(stack, Processes)
        process, hog = process_of(stack, self.target), process_of(stack, self.companion)
        if process is None or hog is None:
            return None
        try:
            cores = process.cpu_affinity()
            before = _consumed(hog)
            await asyncio.sleep(LOOK_S)
            share = (_consumed(hog) - before) / LOOK_S
        except psutil.NoSuchProcess:
            return None
        if len(cores) > 1 or share < LEAST_SHARE:
            return None
        return f"others took {share:.0%} of core {cores[0]}, on which {self.target} is held"


def _consumed(hog: psutil.Process) -> float:
    """Seconds of CPU, by all that it has started."""
    times = [process.cpu_times() for process in hog.children(recursive=True)]
    return sum(one.user + one.system for one in times)


def place(process: psutil.Process, cores: list[int]) -> None:
    """All of its threads."""
    for thread in process.threads():
        # It may have ended meanwhile.
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(thread.id, cores)


EXAMPLE = HogCpu(Role.APP, one)
"""What the contract test of all faults tries."""
