"""What a toxic is: a value that says how much of what waits may go on, and when. It touches no socket and no clock."""

import random
from enum import Enum, StrEnum
from math import inf
from typing import Annotated, NamedTuple

import msgspec

MOST_MS = 3_600_000

Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=MOST_MS)]
Bytes = Annotated[int, msgspec.Meta(ge=0, le=2**40)]

NEVER = inf
"""Due never: it waits until the toxic is removed or changed."""


class Stream(StrEnum):
    """The direction of bytes: to the upstream, or back down to the client."""

    UPSTREAM = "upstream"
    DOWNSTREAM = "downstream"


class Ending(Enum):
    """How bytes end: one direction does (FIN), or the connection does, in an orderly way or by a reset."""

    FIN = "fin"
    CLOSE = "close"
    RESET = "reset"


class Waiting(NamedTuple):
    """What waits first in line at a toxic, on one direction of one connection.

    Times are CLOCK_MONOTONIC's, in seconds. `size` is in bytes and 0 for the end of the bytes; `last` is when the
    portion before was due, or when the toxic came; `passed` counts the bytes that this toxic has let by.
    """

    size: int
    arrived: float
    last: float
    passed: int
    draw: random.Random


class Portion(NamedTuple):
    """The next so many bytes go on when they are due; `then`, where it is said, the connection ends."""

    size: int
    due: float
    then: Ending | None = None


class Fate(NamedTuple):
    """The connection ends so many seconds after it began, or after the toxic came to it."""

    after_s: float
    how: Ending


class Toxic(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Its attributes are its fields. One that overrides nothing does nothing.

    The methods are pure, but for draws from `waiting.draw`: the proxy keeps order and bytes, whatever they say.
    """

    def portion(self, waiting: Waiting) -> Portion:
        """How much of what waits goes on next. Asked once for each portion: what is drawn stays drawn."""
        return Portion(waiting.size, waiting.arrived)

    def end(self, waiting: Waiting) -> float:
        """When the end of the bytes goes on, after all of them."""
        return waiting.arrived

    def fate(self) -> Fate | None:
        return None
