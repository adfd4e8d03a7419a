"""What one instance on one core serves from the cache with everything on, against a bare Starlette route.

Every layer is a process of its own, served in the same way; they are asked in turn, round after round, so that
whatever else the machine does meets all of them. The processor time per answer is told beside the rate: it is what
a layer costs, whoever else is at work.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

import httpx
import psutil

from benchmarks.result import Result
from benchmarks.servers import GENERATOR_CPU, SERVER_CPU
from harness.run import EventLog
from harness.settings import ServerPaths
from harness.stacks.embedded.ports import free_ports
from harness.stacks.embedded.stack import EmbeddedStack
from harness.stacks.plan import StackPlan

LAYERS = {
    "bare": "bare Starlette route",
    "cached": "+ feed from the cache",
    "token": "+ token and revocation",
    "limit": "+ rate limit",
    "layers": "+ all routes and middleware",
    "measured": "+ metrics and log line",
    "spans": "+ span, exported",
    "everything": "+ Sentry",
}
ROUNDS, SECONDS = 5, 1.5
MIB = 1024 * 1024


class Round(NamedTuple):
    rate: float
    cpu_us: float


def measure() -> Iterator[Result]:
    rounds, rest_mib = asyncio.run(_measure())
    cost, before = {layer: median(one.cpu_us for one in those) for layer, those in rounds.items()}, 0.0
    for layer, title in LAYERS.items():
        rate = median(one.rate for one in rounds[layer])
        text = f"{rate:,.0f}/s, {cost[layer]:.0f} µs of the core each ({cost[layer] - before:+.0f})"
        yield Result(title, text, rate)
        before = cost[layer]
    ratios = [full.rate / bare.rate for full, bare in zip(rounds["everything"], rounds["bare"], strict=True)]
    text = f"{median(ratios):.2f} (of {ROUNDS}: {min(ratios):.2f} to {max(ratios):.2f})"
    yield Result("everything on ÷ bare, by answers a second", text, median(ratios), 0.15, True)
    by_time = cost["bare"] / cost["everything"]
    yield Result("everything on ÷ bare, by processor time", f"{by_time:.2f}", by_time, 0.15, True)
    yield Result("an instance at rest (MiB)", f"{rest_mib:.0f}", rest_mib, 120)


async def _measure() -> tuple[dict[str, list[Round]], float]:
    folder = Path(tempfile.mkdtemp(prefix="feed-"))
    os.environ.setdefault("XDG_STATE_HOME", str(folder))
    events = EventLog(folder)
    rounds: dict[str, list[Round]] = {layer: [] for layer in LAYERS}
    async with (
        EmbeddedStack(StackPlan(instances=1), ServerPaths(), folder, events, lambda _: None) as stack,
        _instances(stack.app_environment, folder) as instances,
    ):
        port, process = instances["everything"]
        rest_mib = process.memory_info().rss / MIB
        token = await _a_feed(port)
        for number in range(ROUNDS + 1):
            for layer, (port, process) in instances.items():
                one = _ask(port, token, process)
                if number:  # the first warms up
                    rounds[layer].append(one)
    events.close()
    return rounds, rest_mib


@asynccontextmanager
async def _instances(environment: dict[str, str], folder: Path) -> AsyncIterator[dict[str, tuple[int, psutil.Process]]]:
    ports = free_ports(len(LAYERS))
    started = []
    try:
        for layer, port in zip(LAYERS, ports, strict=True):
            own = {"PORT": str(port), "INSTANCE_NAME": layer, "PATH": os.environ["PATH"]}
            command = ["taskset", "-c", str(SERVER_CPU), sys.executable, "-m", "target", f"benchmarks.feed_app:{layer}"]
            with (folder / f"{layer}.log").open("wb") as log:
                started.append(
                    subprocess.Popen(command, env={**environment, **own}, stdout=log, stderr=log)  # noqa: ASYNC220
                )
        for layer, port in zip(LAYERS, ports, strict=True):
            await _ready(port, folder / f"{layer}.log")
        processes = (psutil.Process(one.pid) for one in started)
        yield dict(zip(LAYERS, zip(ports, processes, strict=True), strict=True))
    finally:
        for one in started:
            one.kill()
            one.wait()


async def _ready(port: int, log: Path) -> None:
    deadline = time.monotonic() + 20
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        while True:
            try:
                await client.get("/health/ready")
                return
            except httpx.TransportError:
                assert time.monotonic() < deadline, log.read_text()
                await asyncio.sleep(0.05)


async def _a_feed(port: int) -> str:
    """A full first page, and the token of somebody who may read it."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        person = {"email": "bench@example.org", "password": "correct horse battery", "name": "Ada"}
        answer = await client.post("/auth/register", json=person)
        token: str = answer.json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        for number in range(21):
            (await client.post("/posts", json={"body": f"This is post number {number}."})).raise_for_status()
    return token


def _ask(port: int, token: str, process: psutil.Process) -> Round:
    command = ["taskset", "-c", str(GENERATOR_CPU), sys.executable, "-m", "benchmarks.feed_client"]
    before, began = _cpu_s(process), time.monotonic()
    done = subprocess.run([*command, str(port), token, str(SECONDS)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answers, spent = int(done.stdout), _cpu_s(process) - before
    assert time.monotonic() - began < SECONDS + 5
    return Round(answers / SECONDS, spent / answers * 1e6)


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
