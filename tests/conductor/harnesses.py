"""Harnesses as processes, to be stopped at a chosen moment, and a look at what they leave."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness import places
from tests.remains import WhatIsLeft
from tests.servers import until

PATIENCE_S = 60.0


class Harness:
    """A harness process. Its progress, in plain lines, tells when it has come to a moment."""

    def __init__(self, process: subprocess.Popen[bytes], runs: Path, output: Path) -> None:
        self.process = process
        self.runs = runs
        self._output = output

    @property
    def said(self) -> str:
        return self._output.read_text(errors="replace")

    def until_it_says(self, text: str) -> None:
        def said_or_ended() -> bool:
            return text in self.said or self.process.poll() is not None

        until(said_or_ended, f"it says {text!r}", PATIENCE_S)
        assert text in self.said, f"it ended without saying {text!r}:\n{self.said}"

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def ends_with(self) -> int:
        return self.process.wait(PATIENCE_S)

    @property
    def run_folder(self) -> Path:
        (folder,) = [path for path in self.runs.iterdir() if path.is_dir()]
        return folder


@contextmanager
def harness(arguments: list[str], folder: Path, environment: dict[str, str] | None = None) -> Iterator[Harness]:
    """`python ARGUMENTS` with its runs in `folder`. Killed at the end if it still lives."""
    output = folder / "output.txt"
    with output.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=os.environ | {"HARNESS_RUNS": str(folder / "runs")} | (environment or {}),
        )
    try:
        yield Harness(process, folder / "runs", output)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


class Remains(WhatIsLeft):
    """What a harness of this test session could leave on a machine: processes, folders, shared memory, records.

    Other harnesses may run on the machine meanwhile: theirs do not count.
    """

    def _now(self) -> set[str]:
        found = {f"process {pid}: {words}" for pid, words in processes().items()}
        found |= {str(path) for path in Path(os.environ["HARNESS_WORK"]).iterdir()}
        found |= {f"record {path.name}" for path in places.state().glob("stacks/*.json")}
        segments = Path("/proc/sysvipc/shm")
        if segments.exists():
            # Columns: 1 is the id, 6 how many processes are attached. One that nobody is attached to was left.
            rows = [line.split() for line in segments.read_text().splitlines()[1:]]
            found |= {f"shared memory {row[1]}" for row in rows if row[6] == "0"}
        return found


def processes() -> dict[int, str]:
    """Every process that a harness of this test session started, and each such harness: pid and command line."""
    session = str(Path(os.environ["XDG_STATE_HOME"]).parent).encode() + b"/"
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            words = (folder / "cmdline").read_bytes()
            environment = (folder / "environ").read_bytes()
        except OSError:
            continue
        if words and (session in words or session in environment):
            found[int(folder.name)] = words.replace(b"\0", b" ").decode(errors="replace")[:100]
    return found
