"""Running a tool to its end, and what came of it."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from harness.lifeline import die_with_parent

PATIENCE_S = 60.0
# No exit status: it could not be started, or it took too long.
NO_STATUS = -1


class Outcome(NamedTuple):
    """`status` is the exit status; `text` is what the tool said, both streams."""

    status: int
    text: str


def run(
    argv: Sequence[str | Path],
    folder: Path,
    environment: Mapping[str, str] | None = None,
    patience_s: float = PATIENCE_S,
) -> Outcome:
    """Raises nothing for a tool that is missing or hangs: that is an outcome too, told in words."""
    command = [str(part) for part in argv]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder), **(environment or {}), "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=patience_s,
            preexec_fn=die_with_parent(),
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Outcome(NO_STATUS, f"{command[0]} did not end within {patience_s:g} s")
    except OSError as error:
        return Outcome(NO_STATUS, f"{command[0]} could not be started: {error.strerror}")
    return Outcome(done.returncode, done.stdout.decode(errors="replace").strip())
