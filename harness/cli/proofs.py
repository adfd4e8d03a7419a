"""Which defects prove which check: what a check has caught on purpose, it would catch in earnest."""

from collections.abc import Iterable, Sequence

import msgspec

from harness.checks.judge import kinds
from harness.defect import Defect

ENOUGH = 2
"""Defects for each check: one alone may be caught for a reason of its own."""


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """A check that can fail, and the defects that it must catch; then those that it did, and those not tried for want
    of a stack that their drill can run on.
    """

    check: str
    defects: tuple[str, ...] = ()
    caught: tuple[str, ...] = ()
    not_applicable: tuple[str, ...] = ()

    @property
    def enough_are_written(self) -> bool:
        return len(self.defects) >= ENOUGH

    @property
    def is_proved(self) -> bool:
        """By enough, leaving out those that could not be tried here."""
        return self.enough_are_written and len(self.caught) + len(self.not_applicable) >= ENOUGH


def check_of(defect: Defect) -> str:
    """The name of the check that must catch it."""
    return defect.caught_by.split()[0]


def proofs(
    defects: Sequence[Defect], caught: Iterable[str] = (), not_applicable: Iterable[str] = ()
) -> tuple[Proof, ...]:
    """One for each check that can fail, by name. `caught` and `not_applicable` are names of defects."""
    done, left_out = set(caught), set(not_applicable)

    def proof(check: str) -> Proof:
        own = [defect.name for defect in defects if check_of(defect) == check]
        return Proof(
            check=check,
            defects=tuple(own),
            caught=tuple(name for name in own if name in done),
            not_applicable=tuple(name for name in own if name in left_out),
        )

    return tuple(proof(check) for check, kind in sorted(kinds().items()) if kind.fails)
