"""JSON lines: appended whole, readable up to the last whole line after a kill -9."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from harness.errors import UsageError

T = TypeVar("T")


class LineWriter:
    """Each `write` is one system call on a file opened for append: no buffer that a crash could lose.

    A line that was cut short, by a disk that is full, is taken back: what follows must not be glued to it.
    """

    def __init__(self, file: Path) -> None:
        self._file = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        self._encoder = msgspec.json.Encoder()
        self._end_with_a_whole_line()

    def write(self, line: msgspec.Struct, *, durable: bool = False) -> None:
        """Appends one line; `durable` returns only when the disk has it."""
        text = self._encoder.encode(line) + b"\n"
        written = os.write(self._file, text)
        if written < len(text):
            self._end_with_a_whole_line()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if durable:
            os.fsync(self._file)

    def _end_with_a_whole_line(self) -> None:
        size = os.fstat(self._file).st_size
        if size and os.pread(self._file, 1, size - 1) != b"\n":
            last = os.pread(self._file, size, 0).rfind(b"\n")
            os.ftruncate(self._file, last + 1)

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def ends_whole(file: Path) -> bool:
    """Whether its last line was not cut short. So is a missing file: nobody had anything to say."""
    if not file.exists() or not file.stat().st_size:
        return True
    with file.open("rb") as lines:
        lines.seek(-1, os.SEEK_END)
        return lines.read() == b"\n"


def read_lines(file: Path, decoder: msgspec.json.Decoder[T]) -> Iterator[T]:
    """Yields every whole line. A last line that was cut short is left out; a missing file has none.

    Raises UsageError for a line that nobody of this harness wrote.
    """
    if not file.exists():
        return
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.endswith(b"\n"):
                return
            try:
                yield decoder.decode(line)
            except msgspec.DecodeError as error:
                text = f"{file}, line {number}, cannot be read: {error}"
                raise UsageError(
                    text, "it is not as `harness` wrote it: take the line out, or the run as lost"
                ) from error
