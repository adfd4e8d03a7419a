"""Meter: one thing that can be asked for figures again and again."""

from typing import NamedTuple, Protocol

from harness.clock import now
from harness.run import Sample


class State(NamedTuple):
    """What `by` thinks of `subject`: "UP", "DOWN" ..."""

    by: str
    role: str
    subject: str
    state: str


class Reading(NamedTuple):
    samples: list[Sample]
    states: list[State]


class Meter(Protocol):
    role: str
    subject: str
    interval_s: float
    """How long to wait between readings: states are asked often, figures that cost CPU seldom."""

    async def read(self) -> Reading:
        """Raises OSError or a client library's own error when the server does not answer: that is a figure too."""

    async def close(self) -> None: ...


def reading(role: str, subject: str, values: dict[str, float]) -> Reading:
    """Several metrics of one subject, at this instant."""
    t = now()
    return Reading([Sample(t, role, subject, metric, float(value)) for metric, value in values.items()], [])
