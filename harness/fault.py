"""Fault: one reversible harm, as a value."""

import asyncio
import random
from collections.abc import Sequence
from typing import ClassVar, NamedTuple, Self

import msgspec

from harness.clock import nanoseconds, now
from harness.errors import UsageError
from harness.stack import Containers, Harmable, Hop, Ran, Role, Stack


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


LOOK_EVERY_S = 0.02
FELT_PATIENCE_S = 10.0
GONE_PATIENCE_S = 30.0
CANNOT_BE_RUN = (126, 127)
"""What a shell and a container's runtime answer for a program that is not there, or is none."""


class Fault(msgspec.Struct, frozen=True, tag_field="fault", forbid_unknown_fields=True):
    """Subclasses name themselves with `tag=`, hold their parameters as fields, and refuse bad ones when made.

    `inject` and `heal` are idempotent, and `seen` only looks. `heal` works without `inject`, twice, in another process
    than the one that injected, and without the victim's help. All three are given a stack of the kind that `wants`
    names, and no other.
    """

    wants: ClassVar[type[object]] = Harmable
    """The protocol, mostly one of harness.stack, of the stacks that can be harmed so."""

    patience_s: ClassVar[float] = 30.0
    """How long `inject` may take. `heal` may take twice as long."""

    lasts: ClassVar[bool] = True
    """Whether it goes on until it is healed. What does not is over when it is felt: then nothing is `seen` of it any
    more, and `heal` only waits until its victims serve."""

    @property
    def name(self) -> str:
        return str(self.__struct_config__.tag)

    @property
    def hops(self) -> tuple[Hop, ...]:
        """Where the fault proxy must stand for it."""
        return ()

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

    async def seen(self, stack: Harmable) -> str | None:
        """What shows from outside, at this moment, that it is in effect; None when nothing does."""
        raise NotImplementedError

    async def until_felt(self, stack: Harmable, began: int) -> Felt:
        """For `inject`: looks until it is seen. `began` is what the stack said of when it took effect (ns)."""
        deadline = now() + nanoseconds(FELT_PATIENCE_S)
        while True:
            evidence = await self.seen(stack)
            if evidence is not None:
                return Felt(began, now(), evidence)
            if now() > deadline:
                raise NotFelt(f"nothing was seen of {self.describe()} in {FELT_PATIENCE_S:g} s")
            await asyncio.sleep(LOOK_EVERY_S)


class MemberFault(Fault, frozen=True):
    """A fault of one member of a role: the one that it names, or one that is drawn."""

    role: Role
    which: Pick | str = one

    def aimed(self, stack: Stack, draw: random.Random) -> Self:
        return msgspec.structs.replace(self, which=draw_member(stack, self.role, self.which, draw))

    @property
    def target(self) -> str:
        if isinstance(self.which, str):
            return self.which
        return f"one {self.role.value}" if self.role is Role.APP else self.role.value

    async def run_inside(self, stack: Containers, argv: Sequence[str], *, privileged: bool = False) -> Ran:
        """For `inject`: a command inside the victim. Raises NotFelt when there is no such program in it."""
        ran = await stack.run(self.target, argv, privileged=privileged)
        if ran.status in CANNOT_BE_RUN:
            raise NotFelt(f"{self.target} has no {argv[0]} that can be run in it, as {self.name} needs")
        return ran

    async def until_gone(self, stack: Harmable, evidence: str) -> Gone:
        """For `heal`: looks until nothing is seen of it, and the victim serves."""
        deadline = now() + nanoseconds(GONE_PATIENCE_S)
        while True:
            still = await self.seen(stack)
            if still is None and await stack.serves(self.target):
                return Gone(now(), evidence)
            if now() > deadline:
                why = f"still, {still}" if still else f"{self.target} does not serve"
                raise NotGone(f"{why}, {GONE_PATIENCE_S:g} s after it was undone: {self.undo()}")
            await asyncio.sleep(LOOK_EVERY_S)


class InstancesFault(Fault, frozen=True):
    """A fault of every instance."""

    instances: tuple[str, ...] = ()

    def aimed(self, stack: Stack, draw: random.Random) -> Self:
        instances = tuple(stack.members(Role.APP))
        if not instances:
            raise UsageError("this stack has no app to harm", "see `harness drills` for what a drill needs")
        return msgspec.structs.replace(self, instances=instances)

    @property
    def target(self) -> str:
        return ", ".join(self.instances) or "every app"


def draw_member(stack: Stack, role: Role, which: Pick | str, draw: random.Random) -> str:
    """The member that a fault hits: the one it names, or one drawn from the role's."""
    members = list(stack.members(role))
    if not members:
        raise UsageError(f"this stack has no {role.value} to harm", "see `harness drills` for what a drill needs")
    if isinstance(which, str):
        if which not in members:
            raise UsageError(f"there is no {which!r} to harm", f"the {role.value} members are {', '.join(members)}")
        return which
    return draw.choice(members)
