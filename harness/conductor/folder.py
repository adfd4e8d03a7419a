"""Making a run's folder."""

import re
import shutil
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from harness.errors import UsageError

ROOM_NEEDED = 50 * 1024 * 1024


def new_run_folder(runs: Path, name: str) -> Path:
    """runs/<UTC time>-<name>/, new. Raises UsageError when it cannot be made or the disk is full already."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    base = f"{stamp}-{re.sub(r'[^a-z0-9-]+', '-', name.lower()).strip('-') or 'run'}"
    try:
        runs.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(runs).free
        if free < ROOM_NEEDED:
            text = f"only {free // 1024 // 1024} MiB are free where runs are recorded ({runs})"
            raise UsageError(text, "free some room, or set HARNESS_RUNS to another folder")
        for number in count(1):
            folder = runs / (base if number == 1 else f"{base}-{number}")
            try:
                folder.mkdir()
            except FileExistsError:
                continue
            return folder.resolve()
    except OSError as error:
        raise UsageError(
            f"no run can be recorded in {runs}: {error.strerror}", "set HARNESS_RUNS to another folder"
        ) from error
    raise AssertionError("unreachable")
