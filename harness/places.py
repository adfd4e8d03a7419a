"""Where the harness keeps things on a machine, beside a run's own folder."""

import os
import shutil
import tempfile
from pathlib import Path

from harness.errors import UsageError

SHARED_MEMORY = Path("/dev/shm")
ROOM_NEEDED = 512 * 1024 * 1024


def cache() -> Path:
    """What can be made again: database templates, unpacked servers.

    Root's lies in /var/cache: servers that refuse root must be able to read it, and root's home is closed to them.
    """
    root = os.geteuid() == 0
    folder = _made("XDG_CACHE_HOME", Path("/var/cache") if root else _home() / ".cache")
    if root:
        folder.chmod(0o755)
    return folder


def state() -> Path:
    """What must outlive a process: records of stacks that run, locks."""
    return _made("XDG_STATE_HOME", _home() / ".local/state")


def work_base(*, in_memory: bool = True) -> Path:
    """The parent for run-scoped folders: memory where there is room (databases start there twice as fast), else disk.

    Short on purpose: socket paths below it may have 107 bytes at most. Not `in_memory` for programs: containers mostly
    have a /dev/shm from which nothing can be executed.
    """
    named = os.environ.get("HARNESS_WORK")
    if named:
        folder = Path(named).absolute()
        if not os.access(folder, os.W_OK):
            raise UsageError(
                f"HARNESS_WORK names {folder}, where nothing can be written", "name a folder that is there"
            )
        return folder
    try:
        if in_memory and os.access(SHARED_MEMORY, os.W_OK) and shutil.disk_usage(SHARED_MEMORY).free > ROOM_NEEDED:
            return SHARED_MEMORY
    except OSError:
        pass
    return Path(tempfile.gettempdir())


def _home() -> Path:
    try:
        home = Path.home()
    except RuntimeError:
        home = Path("/")
    if os.access(home, os.W_OK):
        return home
    # A user without a home of its own, as in many containers: a folder that no other user can have made.
    own = Path(tempfile.gettempdir()) / f"readiness-harness-{os.geteuid()}"
    own.mkdir(mode=0o700, exist_ok=True)
    if own.stat().st_uid != os.geteuid():
        raise UsageError(f"{own} belongs to somebody else", "set HOME, or XDG_STATE_HOME and XDG_CACHE_HOME")
    return own


def _made(variable: str, otherwise: Path) -> Path:
    folder = Path(os.environ.get(variable) or otherwise).absolute() / "readiness-harness"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be made: {error.strerror}", f"set {variable} to another folder") from error
    return folder
