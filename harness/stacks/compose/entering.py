"""A command inside a container with all the rights that this process has.

The daemon's own privileged commands ask for every capability that there is, and fail on machines that lack one.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence

from harness.stack import Ran

PATIENCE_S = 10.0


def can_enter() -> bool:
    return os.geteuid() == 0 and shutil.which("nsenter") is not None


def enter(pid: int, argv: Sequence[str]) -> Ran:
    """Runs it in the namespaces of a container's first process, but outside its limits. Raises OSError."""
    with subprocess.Popen(
        ["nsenter", f"--target={pid}", "--mount", "--uts", "--ipc", "--net", "--pid", "--", *argv],
        env={"PATH": os.defpath},
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            text, _ = process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired as error:
            # The command is a child of it, which would go on.
            os.killpg(process.pid, signal.SIGKILL)
            raise TimeoutError(f"{argv[0]} did not end in {PATIENCE_S:g} s") from error
    return Ran(process.returncode, text)
