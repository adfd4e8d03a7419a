"""Records of stacks that run, kept where a later harness finds them: what the undoing of a dead harness's run needs."""

import contextlib
import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import msgspec

from harness import places
from harness.stacks.compose.member import Member
from harness.stacks.embedded.children import MARK
from harness.stacks.embedded.shared_memory import forget_shared_memory

RECORDS = "stacks"
UP = "up"
"""The purpose of a stack that a person holds up by hand."""

PATIENCE_S = 2.0


class StackRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One stack and its owner. Written before the stack's first process starts, removed when nothing of it is left."""

    id: str
    kind: str
    owner_pid: int
    owner_started: float
    work: str
    run: str
    url: str = ""
    purpose: str = ""
    project: str = ""
    as_found: tuple[Member, ...] = ()
    """Of a Compose project that ran before the harness came: what it is brought back to."""

    @classmethod
    def of_this_process(
        cls,
        id: str,
        kind: str,
        base: Path,
        run: Path,
        purpose: str,
        project: str = "",
        as_found: tuple[Member, ...] = (),
    ) -> Self:
        """Written; its folder, below `base`, is still to be made."""
        owner = os.getpid()
        work = base / f"harness-{id}"
        started = started_at(owner) or 0.0
        record = cls(
            id=id,
            kind=kind,
            owner_pid=owner,
            owner_started=started,
            work=str(work),
            run=str(run),
            purpose=purpose,
            project=project,
            as_found=as_found,
        )
        record.write()
        return record

    @property
    def file(self) -> Path:
        return _folder() / f"{self.id}.json"

    def write(self) -> None:
        partial = self.file.with_suffix(".partial")
        partial.write_bytes(msgspec.json.encode(self))
        partial.replace(self.file)

    def forget(self) -> None:
        self.file.unlink(missing_ok=True)

    @property
    def owner_lives(self) -> bool:
        return started_at(self.owner_pid) == self.owner_started


def records() -> Iterator[StackRecord]:
    for file in sorted(_folder().glob("*.json")):
        try:
            yield msgspec.json.decode(file.read_bytes(), type=StackRecord)
        except (OSError, msgspec.DecodeError):
            continue


def stacks_up() -> list[StackRecord]:
    """The stacks that `harness up` holds."""
    return [record for record in records() if record.purpose == UP and record.owner_lives]


def started_at(pid: int) -> float | None:
    """When a process started, in clock ticks since boot; None when there is none. A pid alone may be reused."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else float(fields[19])


def remove_remains(record: StackRecord) -> list[str]:
    """Kills every process of a dead harness's stack and removes its folder; says what was there. The record stays."""
    done = kill_processes(record)
    work = Path(record.work)
    if work.exists():
        done.append(f"removed {work}" if remove_work(work) else f"could not remove {work}")
    return done


def nothing_remains(record: StackRecord) -> bool:
    """Of its processes and its folder."""
    return not _of(record) and not Path(record.work).exists()


def kill_processes(record: StackRecord) -> list[str]:
    """Of a dead harness's stack; says which there were.

    They are found by the mark in their environment, by the stack's folder in their command, or by their being in it, so
    that none is missed and no other is touched.
    """
    done: list[str] = []
    deadline = time.monotonic() + PATIENCE_S
    while (pids := _of(record)) and time.monotonic() < deadline:
        done += [f"killed process {pid}" for pid in pids if f"killed process {pid}" not in done]
        for pid in pids:
            _kill(pid)
        time.sleep(0.02)
    return done


def remove_work(work: Path) -> bool:
    """Removes a stack's folder, and tries again for a while: somebody may just have been writing to it."""
    forget_shared_memory(work / "db" / "data")
    deadline = time.monotonic() + PATIENCE_S
    while work.exists() and time.monotonic() < deadline:
        shutil.rmtree(work, ignore_errors=True)
        if work.exists():
            time.sleep(0.05)
    return not work.exists()


def _of_a_person(process: Path) -> bool:
    """Whether it has a terminal, as somebody's shell or pager has who looks at what is left: no server has one."""
    # Behind the name, which may hold anything: state, parent, group, session, terminal.
    return (process / "stat").read_text().rpartition(")")[2].split()[4] != "0"


def _of(record: StackRecord) -> list[int]:
    mark, folder = f"{MARK}={record.id}".encode(), record.work.encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                marked = mark in (entry / "environ").read_bytes().split(b"\0")
                if not marked and not _of_a_person(entry):
                    marked = folder in (entry / "cmdline").read_bytes()
                    marked = marked or (entry / "cwd").readlink().is_relative_to(record.work)
            except OSError:
                continue
            if marked and started_at(int(entry.name)) is not None:
                found.append(int(entry.name))
    return found


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _folder() -> Path:
    folder = places.state() / RECORDS
    folder.mkdir(exist_ok=True)
    return folder
