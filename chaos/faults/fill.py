"""fill: a disk of a member is full: a tmpfs of its own, of bounded size. Heal removes the file that fills it."""

import asyncio
from pathlib import PurePosixPath
from typing import ClassVar, NamedTuple

from harness.clock import now
from harness.errors import UsageError
from harness.fault import Felt, Gone, MemberFault, NotFelt, one
from harness.stack import Containers, Harmable, Role
from harness.traces import FILLER

LOOK = 'cat /proc/self/mountinfo; df -Pk "$1"; test -e "$2"'
# What is set aside needs not be written; what is left then is.
WRITE = 'fallocate -l "$2" "$1" 2>/dev/null; exec cat /dev/zero >> "$1"'
KIB, MIB = 1024, 1024 * 1024
MOST_MIB = 1024
NEXT_TO_NOTHING = 0.01
"""Somebody may remove a small file of his own while it is full."""


class Disk(NamedTuple):
    """What is mounted at a path: the kind of file system, whether it is there whole and not as a folder of another's,
    its options, and in bytes its size and what is free of it.
    """

    kind: str
    is_whole: bool
    options: list[str]
    size: int
    free: int
    has_file: bool

    @property
    def is_bounded(self) -> bool:
        return any(option.startswith("size=") for option in self.options) and self.size <= MOST_MIB * MIB


class Fill(MemberFault, tag="fill", frozen=True, kw_only=True):
    """`path` is where the tmpfs is mounted. No other file system is touched, nor a folder of one that is mounted from
    elsewhere: it might be this machine's.
    """

    wants: ClassVar[type[object]] = Containers

    path: str = "/tmp"

    def __post_init__(self) -> None:
        path = PurePosixPath(self.path)
        if not path.is_absolute() or ".." in path.parts or str(path) != self.path or self.path == "/":
            raise UsageError(f"{self.path!r} is not where a disk is mounted", "write it like /tmp")

    @property
    def _file(self) -> str:
        return f"{self.path}/{FILLER}"

    def describe(self) -> str:
        return f"fill {self.path} of {self.target}"

    def undo(self) -> str:
        return f"remove {self._file} from {self.target}"

    async def inject(self, stack: Harmable) -> Felt:
        assert isinstance(stack, Containers)
        free = await self._free_of_its_own(stack)
        ran = await stack.run(self.target, ["sh", "-c", WRITE, "sh", self._file, str(max(free, 1))])
        began = now()
        evidence = await self.seen(stack)
        if evidence is None:
            raise NotFelt(f"{self.path} of {self.target} could not be filled: {ran.text.strip()}")
        return Felt(began, now(), evidence)

    async def heal(self, stack: Harmable) -> Gone:
        assert isinstance(stack, Containers)
        remove = ["rm", "-f", self._file]
        # First, since it may not serve for want of room; and again, should it only have been started just now.
        if (await stack.state(self.target)).running:
            await stack.run(self.target, remove)
        await stack.start(self.target)
        await stack.run(self.target, remove)
        return await self.until_gone(stack, f"{self.path} of {self.target} has room again")

    async def seen(self, stack: Harmable) -> str | None:
        assert isinstance(stack, Containers)
        disk = await self._disk(stack)
        if disk is None or not disk.has_file or disk.free > disk.size * NEXT_TO_NOTHING:
            return None
        return f"{disk.free // KIB} KiB are free of the {disk.size // KIB} of {self.path} in {self.target}"

    async def _disk(self, stack: Containers) -> Disk | None:
        """None when nothing is mounted there."""
        ran = await stack.run(self.target, ["sh", "-c", LOOK, "sh", self.path, self._file])
        lines = [line.split() for line in ran.text.splitlines()]
        # The last mount at a path hides the others. A line of `df` has six fields, one of mountinfo more.
        mounts = [fields for fields in lines if len(fields) > 9 and fields[4] == self.path]
        sizes = [fields for fields in lines if len(fields) == 6 and fields[5] == self.path]
        if not mounts or not sizes:
            return None
        kind, _, options = mounts[-1][-3:]
        is_whole = mounts[-1][3] == "/"
        _, size, _, free, _, _ = sizes[-1]
        return Disk(kind, is_whole, options.split(","), int(size) * KIB, int(free) * KIB, ran.status == 0)

    async def _free_of_its_own(self, stack: Containers) -> int:
        """How much is free, in bytes. Raises NotFelt unless it may be filled, and the member's memory has room."""
        disk, state, stats = await asyncio.gather(self._disk(stack), stack.state(self.target), stack.stats(self.target))
        if disk is None:
            # Perhaps only for want of a shell to look with.
            await self.run_inside(stack, ["sh", "-c", "true"])
        if disk is None or disk.kind != "tmpfs" or not disk.is_whole or not disk.is_bounded:
            what = "no disk of its own" if disk is None or not disk.is_whole else f"a {disk.kind}"
            text = f"only a tmpfs of its own may be filled, of {MOST_MIB} MiB at most"
            raise NotFelt(f"{self.path} of {self.target} is {what}: {text}")
        if state.memory_bytes is not None and stats["memory_bytes"] + disk.free > state.memory_bytes:
            text = f"{disk.free // KIB} KiB are free of {self.path} in {self.target}, more than its memory has room for"
            raise NotFelt(f"{text}: it would be killed instead")
        return disk.free


EXAMPLE = Fill(Role.APP, one)
"""What the contract test of all faults tries."""
