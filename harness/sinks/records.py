"""What the sinks keep: one line per thing that arrived, in the order of arrival.

`t` is when it arrived, in nanoseconds of CLOCK_MONOTONIC; the times inside of spans are the sender's own, UTC.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

SENTRY_FILE = "sentry.jsonl"
TRACES_FILE = "traces.jsonl"
PUSHES_FILE = "pushes.jsonl"
REFUSED_FILE = "refused.jsonl"

Scalar = str | int | float | bool | None
R = TypeVar("R", bound="Record")


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One line."""

    t: int


class SentryException(msgspec.Struct, frozen=True, kw_only=True):
    """One exception of an event, the cause before its effect."""

    type: str | None = None
    value: str | None = None


class SentryItem(Record, frozen=True, kw_only=True):
    """One item of an envelope: an `event`, a `transaction`, a `client_report`.

    `payload` is the item as it came, where that was JSON: what must not be in it can be searched for.
    """

    project: str
    type: str
    event_id: str | None = None
    level: str | None = None
    exceptions: list[SentryException] = []
    user: dict[str, Scalar] = {}
    release: str | None = None
    environment: str | None = None
    server_name: str | None = None
    transaction: str | None = None
    trace_id: str | None = None
    payload: msgspec.Raw = msgspec.Raw(b"null")


class Span(Record, frozen=True, kw_only=True):
    """One span. Ids are lower-case hex; a root's `parent_id` is empty. Times are nanoseconds since 1970."""

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    kind: str
    service: str
    instance: str
    start_ns: int
    end_ns: int
    status: str
    attributes: dict[str, Scalar | list[Scalar]] = {}


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One number of a push."""

    name: str
    labels: dict[str, str]
    value: float


class Push(Record, frozen=True, kw_only=True):
    """What one PUT or POST set, or what a DELETE took away. `grouping` is the rest of the path."""

    method: str
    job: str
    grouping: dict[str, str]
    samples: list[Sample] = []


class Refused(Record, frozen=True, kw_only=True):
    """Something arrived that is not what the protocol says, or is not allowed in."""

    path: str
    status: int
    reason: str


def read_records(file: Path, kind: type[R]) -> Iterator[R]:
    """Every whole line; of a missing file, none."""
    if not file.exists():
        return
    decoder = msgspec.json.Decoder(kind)
    with file.open("rb") as lines:
        for line in lines:
            if line.endswith(b"\n"):
                yield decoder.decode(line)
