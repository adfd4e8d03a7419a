"""Fault: one reversible harm, as a value."""

import random
from typing import NamedTuple, Self

import msgspec

from harness.errors import UsageError
from harness.stack import Harmable, Role, Stack


class Felt(NamedTuple):
    """A fault was seen to be in effect. `began` is since when (ns), `seen` when that was certain, `evidence` how."""

    began: int
    seen: int
    evidence: str


class Gone(NamedTuple):
    """A fault was seen to be undone: since `at` (ns), as `evidence` says."""

    at: int
    evidence: str


class NotFelt(Exception):
    """The fault was done, but its effect could not be observed: the drill will prove nothing."""


class NotGone(Exception):
    """The fault could not be undone, or is still observed after its heal."""


class Pick(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One member of a role; which one is drawn from the run's seed when the fault is aimed."""


one = Pick()


class Fault(msgspec.Struct, frozen=True, tag_field="fault", forbid_unknown_fields=True):
    """Subclasses name themselves with `tag=`, hold their parameters as fields, and refuse bad ones when made.

    Both methods are idempotent. `heal` works without `inject`, twice, in another process than the one that
    injected, and without the victim's help.
    """

    @property
    def name(self) -> str:
        return str(self.__struct_config__.tag)

    def aimed(self, stack: Stack, draw: random.Random) -> Self:
        """The same fault with its victims named. Raises UsageError when there is nothing to hit."""
        raise NotImplementedError

    @property
    def target(self) -> str:
        """The victims, once aimed."""
        raise NotImplementedError

    def describe(self) -> str:
        """What is harmed and how, in words: "kill app-2"."""
        return f"{self.name} {self.target}"

    def undo(self) -> str:
        """What heal will do, in words, for --dry-run and the journal."""
        raise NotImplementedError

    async def inject(self, stack: Harmable) -> Felt:
        """Harms, then waits until the harm is seen from outside. Raises NotFelt when it is not."""
        raise NotImplementedError

    async def heal(self, stack: Harmable) -> Gone:
        """Undoes, then waits until that is seen from outside. Raises NotGone when it is not."""
        raise NotImplementedError


def draw_members(stack: Stack, role: Role, which: Pick | str, draw: random.Random) -> str:
    """The member that a fault hits: the one it names, or one drawn from the role's."""
    members = list(stack.members(role))
    if not members:
        raise UsageError(f"this stack has no {role.value} to harm", "see `harness drills` for what a drill needs")
    if isinstance(which, str):
        if which not in members:
            raise UsageError(f"there is no {which!r} to harm", f"the {role.value} members are {', '.join(members)}")
        return which
    return draw.choice(members)
