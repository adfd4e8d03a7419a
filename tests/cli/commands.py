"""Running `harness` as a person or a machine would, and what it says."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from harness.stacks.embedded.ports import free_ports

HARNESS = [sys.executable, "-m", "harness.cli.main"]


class Said(NamedTuple):
    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """What went to stderr, progress left out."""
        return [line for line in self.err.splitlines() if line.startswith(("harness:", "Usage", "Error"))]


def say(*arguments: str, folder: Path, **environment: str) -> Said:
    """Runs the command to its end, with its runs in `folder`."""
    done = subprocess.run(
        [*HARNESS, *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        cwd=folder,
        env=os.environ | {"HARNESS_RUNS": str(folder / "runs")} | environment,
        timeout=120,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


@contextmanager
def tiny_server() -> Iterator[str]:
    """A small real server's URL."""
    (port,) = free_ports(1)
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.tiny_server", str(port)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"ready\n"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
