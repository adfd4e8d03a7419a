"""The Compose stack: how soon it is ready, how soon a fault is in effect, and how true the recorded start is."""

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median

import chaos.faults
from benchmarks.faults import nature
from benchmarks.result import Result
from chaos.faults.kill import Kill
from chaos.faults.partition import Partition
from chaos.faults.pause import Pause
from harness import discovery
from harness.clock import now
from harness.errors import UsageError
from harness.fault import Fault
from harness.run import EventLog
from harness.stack import Deployable, Encrypted, Role
from harness.stacks.compose.stack import ComposeStack
from harness.stacks.plan import StackPlan

FILE = Path("docker-compose.yml")
ROUNDS = 3
STARTS = 3
MS = 1_000_000
READY_S, EFFECT_MS, TRUTH_MS = 20.0, 500.0, 50.0

VICTIM = "app-2"
BEAT = "/data/uploads/beat"
# Written again and again: the harness's own clock, as long as the process gets any time at all.
ALIVE = f"""
import os, time
beat = os.open({BEAT!r}, os.O_RDWR | os.O_CREAT, 0o666)
while os.path.exists({BEAT!r}):
    os.pwrite(beat, b'%020d' % time.monotonic_ns(), 0)
    time.sleep(0.001)
"""
# Written as long as the cache answers.
CONNECTED = f"""
import os, socket, time
beat = os.open({BEAT!r}, os.O_RDWR | os.O_CREAT, 0o666)
cache = socket.create_connection(('redis', 6379), 1)
cache.settimeout(0.2)
while os.path.exists({BEAT!r}):
    sent = time.monotonic_ns()
    cache.sendall(b'PING\\r\\n')
    assert cache.recv(64)
    os.pwrite(beat, b'%020d' % sent, 0)
    time.sleep(0.001)
"""

WITNESSED: tuple[tuple[Fault, str], ...] = (
    (Kill(Role.APP, VICTIM), ALIVE),
    (Pause(Role.APP, VICTIM), ALIVE),
    (Partition(Role.APP, VICTIM, from_=Role.CACHE), CONNECTED),
)


def measure() -> Iterator[Result]:
    times = [asyncio.run(_ready_after()) for _ in range(STARTS)]
    text = f"{median(times):.1f} s (of {STARTS}: {min(times):.1f} to {max(times):.1f})"
    yield Result("images present: healthy after up (s)", text, max(times), READY_S)
    yield from asyncio.run(_faults())


async def _ready_after() -> float:
    began = now()
    async with _stack():
        return (now() - began) / 1e9


async def _faults() -> list[Result]:
    results = []
    async with _stack() as stack:
        for module in discovery.load_all(chaos.faults):
            example: Fault = module.EXAMPLE
            # A deploy takes its time: that is no delay. Encrypted is another stack, which starts with certificates.
            if example.wants in (Deployable, Encrypted) or not isinstance(stack, example.wants):
                continue
            try:
                fault = example.aimed(stack, random.Random(1))
            except UsageError as error:
                results.append(Result(f"{example.name}: not measured", str(error), 0))
                continue
            delays = [await _delay(fault, stack) for _ in range(ROUNDS)]
            own_s, why = nature(example)
            text = f"{median(delays):.0f} ms (of {ROUNDS}: at most {max(delays):.0f}){why}"
            must = EFFECT_MS + own_s * 1000
            results.append(Result(f"{example.name}: from asked to in effect (ms)", text, max(delays), must))
        for fault, witness in WITNESSED:
            errors = [await _error(fault, witness, stack) for _ in range(ROUNDS)]
            text = f"{median(errors):.1f} ms (of {ROUNDS}: at most {max(errors):.1f})"
            results.append(Result(f"{fault.name}: recorded start beside a witness's (ms)", text, max(errors), TRUTH_MS))
    return results


async def _delay(fault: Fault, stack: ComposeStack) -> float:
    asked = now()
    felt = await fault.inject(stack)
    await fault.heal(stack)
    return (felt.began - asked) / MS


async def _error(fault: Fault, witness: str, stack: ComposeStack) -> float:
    """How far the recorded start is from the last sign of life of a process beside the victim, in its container."""
    beat = stack.work / "uploads" / "beat"
    beat.unlink(missing_ok=True)
    await stack.run(VICTIM, ["python", "-ISc", witness], wait=False)
    while not beat.exists() or now() - int(beat.read_text() or 0) > 5 * MS:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    felt = await fault.inject(stack)
    last = int(beat.read_text())
    await fault.heal(stack)
    # The witness ends with its file.
    beat.unlink()
    return abs(felt.began - last) / MS


@asynccontextmanager
async def _stack() -> AsyncIterator[ComposeStack]:
    with tempfile.TemporaryDirectory(prefix="compose-") as folder:
        events = EventLog(Path(folder))
        async with ComposeStack(StackPlan(), FILE, Path(folder), events, lambda _: None, "benchmark") as stack:
            yield stack
        events.close()
