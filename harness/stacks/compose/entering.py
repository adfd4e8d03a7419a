"""A command inside a container with all the rights that this process has.

The daemon's own privileged commands ask for every capability that there is, and fail on machines that lack one.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence

from harness.stack import Ran

PATIENCE_S = 10.0


def can_enter() -> bool:
    return os.geteuid() == 0 and shutil.which("nsenter") is not None


def enter(pid: int, argv: Sequence[str]) -> Ran:
    """Runs it in the namespaces of a container's first process, but outside its limits. Raises OSError."""
    try:
        done = subprocess.run(
            ["nsenter", f"--target={pid}", "--mount", "--uts", "--ipc", "--net", "--pid", "--", *argv],
            env={"PATH": os.defpath},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(f"{argv[0]} did not end in {PATIENCE_S:g} s") from error
    return Ran(done.returncode, done.stdout)
