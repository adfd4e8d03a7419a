"""A stack is for one harness at a time: a lock that names its holder and is gone with it, however it ends."""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import msgspec

from harness import places
from harness.errors import StackError


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    pid: int
    purpose: str
    since: str


def attached_lock(project: str) -> str:
    """The name of the lock of a Compose project that somebody else brought up."""
    return f"compose-{project}"


@contextmanager
def stack_lock(stack: str, purpose: str) -> Iterator[None]:
    """Raises StackError that names the holder when another harness has the stack."""
    folder = places.state() / "locks"
    folder.mkdir(exist_ok=True)
    file = folder / (re.sub(r"[^\w.-]", "_", stack) + ".lock")
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            # The kernel lets go of it when the process ends, even by kill -9: no stale lock can be left.
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackError(
                f"the stack {stack} is in use by {_holder(descriptor)}", "wait for it, or stop it"
            ) from None
        holder = Holder(pid=os.getpid(), purpose=purpose, since=datetime.now(UTC).isoformat(timespec="seconds"))
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, msgspec.json.encode(holder), 0)
        yield
    finally:
        os.close(descriptor)


def _holder(descriptor: int) -> str:
    try:
        holder = msgspec.json.decode(os.pread(descriptor, 4096, 0), type=Holder)
    except msgspec.DecodeError:
        return "another harness"
    return f"process {holder.pid} (harness {holder.purpose}, since {holder.since})"
