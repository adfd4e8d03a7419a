"""ration: every instance runs for a part of the time only, as under a CPU limit. Heal lets all of them run."""

import asyncio
import contextlib
from typing import ClassVar

import psutil

from chaos.faults.exhaust_descriptors import process_of
from harness.clock import nanoseconds, now
from harness.errors import UsageError
from harness.fault import Felt, Gone, InstancesFault, NotFelt
from harness.stack import Harmable, Processes

MODULE = "chaos.companions.ration"
LEAST_CPUS, MOST_CPUS = 0.05, 0.5
LOOKS = 30
LOOK_S = 0.01


class Ration(InstancesFault, tag="ration", frozen=True, kw_only=True):
    """`cpus` is what each gets of one CPU. They take turns, so that few cores are enough to see many instances scale.
    An instance that is started meanwhile runs as it likes.
    """

    wants: ClassVar[type[object]] = Processes

    cpus: float = 0.2

    def __post_init__(self) -> None:
        if not LEAST_CPUS <= self.cpus <= MOST_CPUS:
            text = f"an instance cannot be rationed to {self.cpus:g} CPUs"
            raise UsageError(text, f"use {LEAST_CPUS:g} to {MOST_CPUS:g}")

    def describe(self) -> str:
        return f"ration {self.target} to {self.cpus:g} CPUs each"

    def undo(self) -> str:
        return f"let {self.target} run all the time"

    async def inject(self, stack: Harmable) -> Felt:
        assert isinstance(stack, Processes)
        processes = [process_of(stack, instance) for instance in self.instances]
        pids = [str(process.pid) for process in processes if process is not None]
        if not pids:
            raise NotFelt(f"none of {self.target} runs, so none wants CPU")
        await stack.accompany(self.name, MODULE, {"PIDS": " ".join(pids), "CPUS": str(self.cpus)})
        # Until its companion has started, every instance runs as it likes: that is not the fault's time yet.
        felt = await self.until_felt(stack, now())
        return felt._replace(began=felt.seen - nanoseconds(LOOKS * LOOK_S))

    async def heal(self, stack: Harmable) -> Gone:
        assert isinstance(stack, Processes)
        await stack.leave(self.name)
        for instance in self.instances:
            process = process_of(stack, instance)
            if process is not None:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.resume()
            await stack.start(instance)
        return Gone(now(), f"{self.target} run all the time, and serve")

    async def seen(self, stack: Harmable) -> str | None:
        """The instance that stood still the least decides."""
        assert isinstance(stack, Processes)
        processes = [process_of(stack, instance) for instance in self.instances]
        running = [process for process in processes if process is not None]
        stood_still = dict.fromkeys((process.pid for process in running), 0)
        for _ in range(LOOKS):
            for process in running:
                with contextlib.suppress(psutil.NoSuchProcess):
                    stood_still[process.pid] += process.status() == psutil.STATUS_STOPPED
            await asyncio.sleep(LOOK_S)
        least = min(stood_still.values(), default=0) / LOOKS
        if least < (1 - self.cpus) / 2:
            return None
        return f"each of {self.target} stood still for at least {least:.0%} of the time"


EXAMPLE = Ration()
"""What the contract test of all faults tries."""
