"""What is printed, where nobody can read it to its end: its reader has seen enough, as in `harness drills | head -1`,
or the disk is full. The rest is written nowhere, and the exit status stays the verdict's.
"""

import errno
import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

STDERR = 2


class Unread(io.FileIO):
    """A stream that may not take all that is written to it."""

    def write(self, data: "ReadableBuffer", /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            if error.errno != errno.EPIPE and self.fileno() != STDERR:
                print(f"harness: the rest of what is printed is lost: {error.strerror}", file=sys.stderr)
            return memoryview(data).nbytes


def may_go_unread() -> None:
    """From now on standard output and error are such streams. One that something else has taken over stays its own."""
    if sys.stdout is sys.__stdout__:
        sys.stdout = _of(sys.stdout)
    if sys.stderr is sys.__stderr__:
        sys.stderr = _of(sys.stderr)


def _of(stream: TextIO | None) -> TextIO:
    if not isinstance(stream, io.TextIOWrapper):
        return stream  # type: ignore[return-value]
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(Unread(stream.fileno(), "w", closefd=False)),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering or stream.write_through,
    )
