"""Manners: how the external service behaves, as drills set it and as calls meet it."""

import random
from enum import StrEnum
from typing import Annotated

import msgspec

MOST_LATENCY_MS = 600_000


class ErrorKind(StrEnum):
    """What a call meets that is to fail: a 503, an answer that is no JSON, none at all, or half of one."""

    STATUS = "status"
    GARBAGE = "garbage"
    HANG = "hang"
    CLOSE = "close"


class Control(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of PUT /control. `error_rate` is the share of calls that fail, 0 to 1, and `late_rate` of those that
    are answered `latency_ms` late; `seed` fixes which ones.
    """

    latency_ms: Annotated[float, msgspec.Meta(ge=0, le=MOST_LATENCY_MS)] = 0.0
    late_rate: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0
    error_rate: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0
    error_kind: ErrorKind = ErrorKind.STATUS
    seed: int = 0


class Manners:
    """The control in force, and the draws that follow from its seed: the same seed fails the same calls."""

    def __init__(self) -> None:
        self.set(Control())

    def set(self, control: Control) -> None:
        """From here on; the draws begin anew."""
        self.control = control
        self._draw = random.Random(control.seed)
        # Draws of its own: which calls fail does not depend on which are late.
        self._draw_late = random.Random(f"late {control.seed}")

    def next_latency_s(self) -> float:
        """How late the next call is answered."""
        late = self.control.latency_ms > 0 and self._draw_late.random() < self.control.late_rate
        return self.control.latency_ms / 1000 if late else 0.0

    def next_error(self) -> ErrorKind | None:
        """What the next call meets; None when it is served."""
        fails = self._draw.random() < self.control.error_rate
        return self.control.error_kind if fails else None
