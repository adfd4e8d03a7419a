"""The faults on the embedded stack: how soon each is felt, and how true its recorded start is."""

import asyncio
import math
import random
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

import pytest

import chaos.faults
from benchmarks.result import Result
from harness import discovery
from harness.clock import now, seconds
from harness.errors import UsageError
from harness.fault import Fault, NotFelt, NotGone
from harness.stack import Encrypted, Harmable, Inspectable, Proxied
from tests.chaos.stacks import EMBEDDED, ENCRYPTED, started

ROUNDS = 5
MS = 1_000_000
FELT_S, TRUTH_MS = 0.3, 20.0
FLOWS_S, FLOWS_PATIENCE_S = 0.05, 10.0

NATURE_S: dict[str, tuple[float, str]] = {
    "deploy": (2.5, "an instance after the other starts anew"),
    "exhaust-connections": (0.4, "a hundred connections are made"),
    "exhaust-descriptors": (0.3, "silence is known by waiting"),
    "fill-clients": (6.0, "a thousand clients log in"),
    "hang": (0.15, "silence is known by waiting"),
    "hog-cpu": (0.3, "a share of a core is known by waiting"),
    "idle-in-transaction": (0.15, "a process starts, and its clients log in"),
    "pause": (0.3, "silence is known by waiting"),
    "poison": (0.3, "somebody registers first"),
    "rolling-restart": (2.5, "an instance after the other starts anew"),
    "slow": (0.22, "a late answer is waited for"),
    "stop": (0.4, "an instance drains"),
}
"""What a fault needs by its nature, with the parameters of its EXAMPLE, and why."""


class Witness(NamedTuple):
    """What it asks of whom the fault harms, and how soon that is answered as a rule."""

    question: str
    usual_ms: float = 50.0


WITNESSED = {
    "kill": Witness("live"),
    "pause": Witness("live"),
    "stop": Witness("ready"),
    "drop": Witness("echo"),
    "hang": Witness("echo"),
    "slow": Witness("echo"),
    "reset": Witness("echo"),
    "narrow": Witness("echo", 20.0),
}


def measure() -> Iterator[Result]:
    with asyncio.Runner() as runner:
        results = _measure()
        # One after the other, so that each is shown when it is known.
        while (result := runner.run(anext(results, None))) is not None:
            yield result


async def _measure() -> AsyncIterator[Result]:
    for kind in (EMBEDDED, ENCRYPTED):
        async with _stack(kind) as (stack, folder):
            faults = []
            for module in discovery.load_all(chaos.faults):
                example: Fault = module.EXAMPLE
                if isinstance(stack, example.wants) and (example.wants is Encrypted) == (kind == ENCRYPTED):
                    try:
                        faults.append(example.aimed(stack, random.Random(1)))
                    except UsageError as error:
                        yield Result(f"{example.name}: not measured", str(error), 0)
            for fault in faults:
                yield await _felt(fault, stack)
            for fault in faults:
                if fault.name in WITNESSED:
                    errors = [await _error_ms(fault, WITNESSED[fault.name], stack, folder) for _ in range(ROUNDS)]
                    text = f"{median(errors):.1f} ms (of {ROUNDS}: at most {max(errors):.1f})"
                    yield Result(f"{fault.name}: recorded start beside a witness's (ms)", text, max(errors), TRUTH_MS)


async def _felt(fault: Fault, stack: Harmable) -> Result:
    own_s, why = nature(fault)
    title, must = f"{fault.name}: from asked to felt (s)", FELT_S + own_s
    try:
        took = [await _felt_after_s(fault, stack) for _ in range(ROUNDS)]
    except (NotFelt, NotGone) as error:
        await fault.heal(stack)
        return Result(title, str(error), math.inf, must)
    text = f"{median(took) * 1000:.0f} ms (of {ROUNDS}: at most {max(took) * 1000:.0f})"
    return Result(title, text + why, median(took), must)


def nature(fault: Fault) -> tuple[float, str]:
    """The seconds that it needs by its nature, and how a row goes on to say why."""
    own_s, why = NATURE_S.get(fault.name, (0.0, ""))
    return own_s, f"; {own_s * 1000:g} ms are its nature: {why}" if why else ""


async def _felt_after_s(fault: Fault, stack: Harmable) -> float:
    asked = now()
    felt = await fault.inject(stack)
    await fault.heal(stack)
    return seconds(felt.seen - asked)


async def _error_ms(fault: Fault, witness: Witness, stack: Harmable, folder: Path) -> float:
    """How far the recorded start is from the last usual answer that a process of its own was given."""
    beat = folder / "beat"
    beat.unlink(missing_ok=True)
    command = [sys.executable, "-m", "benchmarks.witness", *map(str, _address(fault, stack)), witness.question]
    process = subprocess.Popen(  # noqa: ASYNC220
        [*command, str(witness.usual_ms), str(beat)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        await _flows(beat)
        felt = await fault.inject(stack)
        last = int(beat.read_text())
    finally:
        process.kill()
        process.wait()
    await fault.heal(stack)
    return abs(felt.began - last) / MS


def _address(fault: Fault, stack: Harmable) -> tuple[str, int]:
    if fault.hops:
        assert isinstance(stack, Proxied)
        return stack.hop_address(fault.hops[0])
    assert isinstance(stack, Inspectable)
    return stack.address(fault.target)


async def _flows(beat: Path) -> None:
    """Until answers have come for a while, the last one just now."""
    deadline, first = now() + FLOWS_PATIENCE_S * 1e9, 0
    while True:
        last = int(beat.read_text() or 0) if beat.exists() else 0
        first = first or last
        if seconds(last - first) > FLOWS_S and now() - last < 5 * MS:
            return
        assert now() < deadline, "the witness is not answered"
        await asyncio.sleep(0.001)


@asynccontextmanager
async def _stack(kind: str) -> AsyncIterator[tuple[Harmable, Path]]:
    """As the contract of all faults has it, so that each EXAMPLE can be tried."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(prefix="faults-") as name:
        folder = Path(name)
        (folder / "state").mkdir()
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        async with started(kind, folder) as stack:
            yield stack, folder
