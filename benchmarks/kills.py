"""kill -9 in the middle of each phase of each drill: 3 s later no process is left and the run can be reported."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.result import Result
from harness.cli.options import all_drills
from harness.drill import Drill

GONE_WITHIN_S = 3.0


def measure() -> Iterator[Result]:
    for drill in all_drills():
        clean = []
        for phase in drill.timeline:
            clean.append((phase.name, _killed_in(drill, phase.name, phase.seconds / 2)))
        bad = [f"{name}: {why}" for name, why in clean if why]
        text = "; ".join(bad) or f"{len(clean)} of {len(clean)} phases ({', '.join(name for name, _ in clean)})"
        yield Result(f"{drill.name}: phases killed and clean", text, len(clean) - len(bad), len(clean), True)


def _killed_in(drill: Drill, phase: str, after_s: float) -> str:
    """What was wrong afterwards; empty when nothing was."""
    folder = Path(tempfile.mkdtemp(prefix="kills-"))
    output = folder / "output.txt"
    environment = os.environ | {"HARNESS_RUNS": str(folder / "runs"), "XDG_STATE_HOME": str(folder / "state")}
    with output.open("wb") as out:
        command = [sys.executable, "-m", "harness.cli.main", "drill", drill.name]
        process = subprocess.Popen(command, stdout=out, stderr=out, env=environment)
    while not re.search(rf"s  {phase} for", output.read_text()):
        if process.poll() is not None:
            return "it ended before the phase"
        time.sleep(0.05)
    time.sleep(after_s)
    process.kill()
    process.wait()
    time.sleep(GONE_WITHIN_S)
    left = _of(folder)
    (run,) = (folder / "runs").iterdir()
    report = subprocess.run(
        [sys.executable, "-m", "harness.cli.main", "report", str(run)],
        capture_output=True,
        env=environment,
        check=False,
    )
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(folder)
    if left:
        return f"{len(left)} processes were left"
    return "" if report.returncode in (1, 3) else f"report ended with {report.returncode}"


def _of(folder: Path) -> list[int]:
    """The processes that name this folder in their command or environment."""
    needle = str(folder).encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if needle in (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found
