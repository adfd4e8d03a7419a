"""The watchdog: a small process that outlives the harness by as long as it takes to undo what it left.

`python -m harness.watchdog RUN`, with the harness's end of a pipe on stdin: when the harness dies, however it
dies, the pipe closes and the watchdog heals. When the harness ends well it says so on the pipe first.
"""

import contextlib
import importlib
import os
import select
import signal
import subprocess
import sys
import traceback
from pathlib import Path
from types import TracebackType
from typing import Self

from harness.errors import HarnessError
from harness.heal import heal_record
from harness.journal import overdue
from harness.stacks.records import StackRecord, records

ALL_WELL = b"bye\n"
LOOK_EVERY_S = 0.5


class Watchdog:
    """A context around everything that could need undoing. Starts before the first server, ends after the last."""

    def __init__(self, run_folder: Path) -> None:
        self._run_folder = run_folder
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        (self._run_folder / "logs").mkdir(exist_ok=True)
        with (self._run_folder / "logs" / "watchdog.log").open("ab") as log:
            # A session of its own: Ctrl-C in the terminal must not reach it.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "harness.watchdog", str(self._run_folder)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd="/",
            )
        return self

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            # What is still on record was not stopped: then nothing is said, and the watchdog undoes it.
            if not _records_of(self._run_folder):
                self._process.stdin.write(ALL_WELL)
            self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=10)


def main(run_folder: Path) -> int:
    # Whoever stops the harness may send the same signal to everything around it; this process must stay to heal.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if _wait_for_the_end(run_folder) == ALL_WELL:
        return 0
    for record in _records_of(run_folder):
        try:
            for line in heal_record(record, by="watchdog"):
                print(line, flush=True)
        except Exception as error:
            # Whatever it is, the others are healed too. The record stays, for `harness heal`.
            print(str(error) if isinstance(error, HarnessError) else traceback.format_exc(), flush=True)
    return 0


def _wait_for_the_end(run_folder: Path) -> bytes:
    """Returns what the harness said before its end of the pipe closed: all well, or nothing."""
    said, ready = b"", False
    while True:
        readable, _, _ = select.select([0], [], [], LOOK_EVERY_S)
        if readable:
            chunk = os.read(0, 64)
            if not chunk:
                return said
            said += chunk
            continue
        # Read while there is time: loading it takes most of a second, when what is left must be gone in three.
        ready = ready or _loaded_what_heals_containers(run_folder)
        if overdue(run_folder):
            # Alive, but it has not healed what it must have healed long ago: its stack goes with it.
            print("a fault outlasted its longest duration: the harness is stopped", flush=True)
            for record in _records_of(run_folder):
                with contextlib.suppress(ProcessLookupError):
                    if record.owner_lives:
                        os.kill(record.owner_pid, signal.SIGKILL)


def _loaded_what_heals_containers(run_folder: Path) -> bool:
    if not any(record.project for record in _records_of(run_folder)):
        return False
    importlib.import_module("harness.stacks.compose.remains")
    return True


def _records_of(run_folder: Path) -> list[StackRecord]:
    return [record for record in records() if Path(record.run) == run_folder]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
