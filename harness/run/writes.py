"""writes.jsonl: the ledger of writes. Sent, answered, and what was read back at the end."""

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

import msgspec

from harness.run.lines import LineWriter, read_lines

WRITES_FILE = "writes.jsonl"


class Outcome(StrEnum):
    """What the client may believe of a write.

    A write without a clear answer is INDETERMINATE: it may be there once or not at all, but not twice.
    """

    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    INDETERMINATE = "indeterminate"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a write's unique `key` must be found: in `table.column` by SQL."""

    table: str
    column: str


class WriteSent(msgspec.Struct, frozen=True, kw_only=True, tag="sent", tag_field="kind"):
    """`key` is unique to this write and part of what is stored. Written before the request goes out."""

    t: int
    key: str
    place: Place


class WriteAnswered(msgspec.Struct, frozen=True, kw_only=True, tag="answered", tag_field="kind"):
    """`path` is where the API serves what was acknowledged."""

    t: int
    key: str
    outcome: Outcome
    path: str | None = None


class WriteReread(msgspec.Struct, frozen=True, kw_only=True, tag="reread", tag_field="kind"):
    """Its client looked for it, once it was acknowledged: whether it was where the client expected it."""

    t: int
    key: str
    found: bool


class WriteServed(msgspec.Struct, frozen=True, kw_only=True, tag="served", tag_field="kind"):
    """Read back through the API: whether `path` served the key."""

    t: int
    key: str
    served: bool


class WriteStored(msgspec.Struct, frozen=True, kw_only=True, tag="stored", tag_field="kind"):
    """Read back straight from SQL: how many rows hold the key."""

    t: int
    key: str
    stored: int


WriteLine = WriteSent | WriteAnswered | WriteReread | WriteServed | WriteStored

_DECODER: msgspec.json.Decoder[WriteLine] = msgspec.json.Decoder(WriteLine)


class Write(msgspec.Struct, kw_only=True):
    """One write, folded from its lines. `stored` is None when it was never read back, `reread` when its client did not
    look; one look in vain is enough for a False.
    """

    key: str
    sent: int
    place: Place
    answered: int | None = None
    outcome: Outcome = Outcome.INDETERMINATE
    path: str | None = None
    reread: bool | None = None
    stored: int | None = None
    served: bool | None = None


class WriteLog:
    """Appends to the ledger. Load processes and the conductor's read-back append to the same file."""

    def __init__(self, folder: Path) -> None:
        self._lines = LineWriter(folder / WRITES_FILE)

    def add(self, line: WriteLine) -> None:
        self._lines.write(line)

    def close(self) -> None:
        self._lines.close()


def fold(lines: Iterable[WriteLine]) -> list[Write]:
    """The ledger's lines as one entry per write, in the order of sending."""
    writes: dict[str, Write] = {}
    for line in lines:
        if isinstance(line, WriteSent):
            writes[line.key] = Write(key=line.key, sent=line.t, place=line.place)
        elif (write := writes.get(line.key)) is None:
            continue
        elif isinstance(line, WriteAnswered):
            write.answered, write.outcome, write.path = line.t, line.outcome, line.path
        elif isinstance(line, WriteReread):
            write.reread = line.found and write.reread is not False
        elif isinstance(line, WriteServed):
            write.served = line.served
        else:
            write.stored = line.stored
    return list(writes.values())


def read_writes(folder: Path) -> list[Write]:
    return fold(read_lines(folder / WRITES_FILE, _DECODER))
