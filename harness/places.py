"""Where the harness keeps things on a machine, beside a run's own folder."""

import os
import shutil
import tempfile
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")
ROOM_NEEDED = 512 * 1024 * 1024


def cache() -> Path:
    """What can be made again: database templates, unpacked servers.

    Root's lies in /var/cache: servers that refuse root must be able to read it, and root's home is closed to them.
    """
    base = os.environ.get("XDG_CACHE_HOME") or ("/var/cache" if os.geteuid() == 0 else Path.home() / ".cache")
    return _made(Path(base) / "readiness-harness")


def state() -> Path:
    """What must outlive a process: records of stacks that run, locks."""
    return _made(Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "readiness-harness")


def work_base() -> Path:
    """The parent for run-scoped folders: memory where there is room (databases start there twice as fast), else disk.

    Short on purpose: socket paths below it may have 107 bytes at most.
    """
    named = os.environ.get("HARNESS_WORK")
    if named:
        return Path(named)
    try:
        if os.access(SHARED_MEMORY, os.W_OK) and shutil.disk_usage(SHARED_MEMORY).free > ROOM_NEEDED:
            return SHARED_MEMORY
    except OSError:
        pass
    return Path(tempfile.gettempdir())


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
