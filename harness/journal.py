"""The journal: undo is written, and on the disk, before harm is done."""

from pathlib import Path

import msgspec

from harness.clock import nanoseconds, now
from harness.fault import Fault
from harness.run.lines import LineWriter, read_lines

JOURNAL_FILE = "journal.jsonl"


class Injecting(msgspec.Struct, frozen=True, kw_only=True, tag="injecting", tag_field="kind"):
    """About to harm: the whole aimed `fault`, its heal in words as `undo`. Past `heal_by` (ns) anybody may heal."""

    number: int
    t: int
    fault: msgspec.Raw
    undo: str
    heal_by: int


class Healed(msgspec.Struct, frozen=True, kw_only=True, tag="healed", tag_field="kind"):
    """Seen to be gone. `by` says who healed: harness, watchdog, or `harness heal`."""

    number: int
    t: int
    by: str


class GaveUp(msgspec.Struct, frozen=True, kw_only=True, tag="gave-up", tag_field="kind"):
    """The harness could not heal it, and has said so. It is still to be undone, but no longer waited for."""

    number: int
    t: int


Entry = Injecting | Healed | GaveUp

_DECODER: msgspec.json.Decoder[Entry] = msgspec.json.Decoder(Entry)


class Journal:
    def __init__(self, folder: Path) -> None:
        self._lines = LineWriter(folder / JOURNAL_FILE)

    def injecting(self, number: int, fault: Fault, longest_s: float) -> None:
        """Returns when the disk has it: only then may the fault act."""
        raw = msgspec.Raw(msgspec.json.encode(fault))
        heal_by = now() + nanoseconds(longest_s)
        entry = Injecting(number=number, t=now(), fault=raw, undo=fault.undo(), heal_by=heal_by)
        self._lines.write(entry, durable=True)

    def healed(self, number: int, by: str = "harness") -> None:
        self._lines.write(Healed(number=number, t=now(), by=by), durable=True)

    def gave_up(self, number: int) -> None:
        self._lines.write(GaveUp(number=number, t=now()), durable=True)

    def close(self) -> None:
        self._lines.close()


def unhealed(folder: Path) -> list[Injecting]:
    """What was injected and not seen to be healed, last first: the order in which to undo it."""
    entries = _entries(folder)
    healed = {entry.number for entry in entries if isinstance(entry, Healed)}
    return [e for e in reversed(entries) if isinstance(e, Injecting) and e.number not in healed]


def overdue(folder: Path) -> bool:
    """Whether a fault has outlasted its longest duration without a word from the harness."""
    given_up = {entry.number for entry in _entries(folder) if isinstance(entry, GaveUp)}
    return any(now() > entry.heal_by for entry in unhealed(folder) if entry.number not in given_up)


def _entries(folder: Path) -> list[Entry]:
    return list(read_lines(folder / JOURNAL_FILE, _DECODER))
