"""What a Postgres that was killed by SIGKILL leaves in the kernel."""

import ctypes
from pathlib import Path

IPC_RMID = 0
LINE_WITH_SEGMENT = 6


def forget_shared_memory(data: Path) -> None:
    """Removes the System V segment that a SIGKILLed Postgres leaves: its id is in the data folder's lock file."""
    try:
        segment = int((data / "postmaster.pid").read_text().splitlines()[LINE_WITH_SEGMENT].split()[1])
    except (OSError, IndexError, ValueError):
        return
    ctypes.CDLL(None).shmctl(segment, IPC_RMID, None)
