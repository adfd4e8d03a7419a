"""The guide's deployment checklist: what the recorded runs prove of each item, and what is left to people.

checklist.toml ties the items to claims; the claims' evidence is harness.claims' own.
"""

import tomllib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path

import msgspec

from harness.claims import Evidence, Standing
from harness.errors import ExitStatus, UsageError

REGISTRY = Path(__file__).with_name("checklist.toml")


class Item(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`claims` are what runs can prove of it, `person` the question that only people can answer. One of them is set."""

    text: str
    claims: tuple[str, ...] = ()
    person: str = ""


class Checklist(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    title: str
    item: tuple[Item, ...]


class Mark(StrEnum):
    """What runs say of an item. `ASKED` is one of which they can say nothing more: only people can tick it."""

    TICKED = "ticked"
    REFUTED = "refuted"
    UNPROVEN = "unproven"
    ASKED = "asked"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    item: Item
    mark: Mark
    evidence: tuple[Evidence, ...]


class _Registry(msgspec.Struct, forbid_unknown_fields=True):
    list: tuple[Checklist, ...]


def read_checklists(claims: Iterable[str], file: Path = REGISTRY) -> tuple[Checklist, ...]:
    """In the guide's order. Raises UsageError for a file that cannot be read, or that names a claim there is not."""
    try:
        lists = msgspec.convert(tomllib.loads(file.read_text()), _Registry).list
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise UsageError(f"the checklist in {file} cannot be read: {error}") from error
    items = [item for one in lists for item in one.item]
    if unknown := sorted({claim for item in items for claim in item.claims} - set(claims)):
        raise UsageError(f"{file} names claims that there are not: {', '.join(unknown)}", "name the guide's own")
    if bare := [item.text for item in items if not item.claims and not item.person]:
        raise UsageError(f"{file} has nothing to tick {bare[0]!r} by", "give it claims, or a question for people")
    return lists


def marked(item: Item, evidence: Mapping[str, Evidence]) -> Entry:
    """`evidence` is by the claim's id, of every claim that the item names."""
    its = tuple(evidence[claim] for claim in item.claims)
    standings = {standing_of(one) for one in its}
    if Standing.REFUTED in standings:
        mark = Mark.REFUTED
    elif standings - {Standing.HOLDS}:
        mark = Mark.UNPROVEN
    else:
        mark = Mark.ASKED if item.person else Mark.TICKED
    return Entry(item=item, mark=mark, evidence=its)


def standing_of(one: Evidence) -> Standing:
    """A deployment waits for what the target does wrong. Where only the guide's own figure is wrong, and the target
    does right, its claim holds as soon as all that proves it has run.
    """
    if one.standing is Standing.REFUTED and one.instead:
        return Standing.UNPROVEN if one.missing or one.in_part else Standing.HOLDS
    return one.standing


def exit_status(entries: Iterable[Entry]) -> ExitStatus:
    """What is asked of people changes nothing: no run can know their answer."""
    marks = {entry.mark for entry in entries}
    if Mark.REFUTED in marks:
        return ExitStatus.FAIL
    return ExitStatus.INCONCLUSIVE if Mark.UNPROVEN in marks else ExitStatus.PASS
