"""The harness samples its own process, and nothing that it has started."""

import subprocess
import sys

import psutil

from harness.sampling.own import METRICS, OwnMeter

HOLDS = "held = bytearray(b'x') * (64 << 20); print('holds', flush=True); input()"


async def test_it_tells_of_this_process_alone() -> None:
    meter = OwnMeter()
    with subprocess.Popen(  # noqa: ASYNC220 - starting is quick
        [sys.executable, "-c", HOLDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"holds\n"
        read = await meter.read()
        assert child.stdin is not None
        child.stdin.write(b"\n")
        child.stdin.close()
    await meter.close()
    values = {sample.metric: sample.value for sample in read.samples}
    assert tuple(values) == METRICS
    assert {(sample.role, sample.subject) for sample in read.samples} == {("harness", "harness")}
    assert abs(values["rss_bytes"] - psutil.Process().memory_info().rss) < 32 << 20
    assert values["threads"] >= 1
    assert values["fds"] >= 3
