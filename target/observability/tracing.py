"""Traces: one name for a request across every log line, answer and service, and spans that say where its time went.

The spans are this module's own light objects, kept with their request until it has ended; only then, and only for
traces that are sampled, does anything become one of OpenTelemetry's (target.observability.otlp) or Sentry's.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextvars import ContextVar, Token
from enum import Enum
from random import getrandbits
from time import monotonic, time_ns
from types import TracebackType

# W3C Trace Context, section 3.2: version, trace id, parent id, flags, all in lower-case hex. A later version
# may append fields.
_TRACEPARENT = re.compile(rb"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")
_NO_TRACE = b"0" * 32
_NO_PARENT = b"0" * 16
# A request that loops over ten thousand rows tells with the first few hundred what it does.
_MOST_SPANS = 256
# Each of Sentry's transactions is a request of its own, which costs as much as serving several. What a sample tells
# does not grow with the load, so neither need the sample.
_MEASURED_PER_SECOND = 10

Attribute = str | int | float | bool

current_trace_id: ContextVar[str] = ContextVar("current_trace_id", default="")
"""The trace id of the request being served, or empty outside of one."""

current_span: ContextVar[Span | None] = ContextVar("current_span", default=None)
"""What a new span becomes a child of; None outside of a request, and where nobody records."""


class Kind(Enum):
    """What a span stands for, in OpenTelemetry's words."""

    INTERNAL = "internal"
    SERVER = "server"
    CLIENT = "client"


class Incoming:
    """What a request's `traceparent` says; with none that is valid, a new trace that nobody decided about yet."""

    __slots__ = ("parent_id", "sampled", "trace_id")

    def __init__(self, traceparent: bytes | None) -> None:
        self.parent_id: str = ""
        self.sampled: bool | None = None
        if traceparent is not None:
            match = _TRACEPARENT.fullmatch(traceparent)
            # Version 00 is exactly 55 bytes long; only later ones may have more to say.
            if match is not None and (len(traceparent) == 55 or traceparent[:2] != b"00"):
                trace, parent, flags = match.groups()
                if trace != _NO_TRACE and parent != _NO_PARENT:
                    self.trace_id = trace.decode("ascii")
                    self.parent_id = parent.decode("ascii")
                    self.sampled = bool(int(flags, 16) & 1)
                    return
        # As OpenTelemetry's own generator: an id must be unique, it need not be a secret.
        self.trace_id = f"{getrandbits(128) or 1:032x}"


def trace_id_from(traceparent: bytes | None) -> str:
    """The caller's trace id when its header is valid, else a new one."""
    return Incoming(traceparent).trace_id


class Trace:
    """This process's part of one trace: the spans of one request, handed on together when its root has ended."""

    __slots__ = ("hand_on", "over", "sampled", "spans", "trace_id")

    def __init__(self, trace_id: str, sampled: bool, hand_on: Callable[[Trace], None]) -> None:
        self.trace_id = trace_id
        self.sampled = sampled
        self.hand_on = hand_on
        self.spans: list[Span] = []
        self.over = False


class Span:
    """Something that took time. As a context manager it is what further spans inside become children of."""

    __slots__ = (
        "_token",
        "attributes",
        "end_ns",
        "failed",
        "kind",
        "name",
        "parent_id",
        "span_id",
        "start_ns",
        "trace",
    )

    def __init__(
        self, trace: Trace, name: str, parent_id: str, kind: Kind, attributes: dict[str, Attribute] | None
    ) -> None:
        self.trace = trace
        self.name = name
        self.parent_id = parent_id
        self.span_id = f"{getrandbits(64) or 1:016x}"
        self.kind = kind
        self.attributes = attributes if attributes is not None else {}
        self.failed = False
        self.end_ns = 0
        self._token: Token[Span | None] | None = None
        self.start_ns = time_ns()

    def end(self) -> None:
        """It is over. A root's end is the end of the trace's part here."""
        self.end_ns = time_ns()
        trace = self.trace
        # What outlives its request, as a task that was started in it, would be handed on by nobody.
        if not trace.over and len(trace.spans) < _MOST_SPANS:
            trace.spans.append(self)

    def end_root(self) -> None:
        """It is over, and so is the trace's part in this process: hand all on."""
        self.end_ns = time_ns()
        trace = self.trace
        trace.over = True
        trace.spans.append(self)
        trace.hand_on(trace)

    def __enter__(self) -> Span:
        self._token = current_span.set(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: object, _calls: TracebackType | None) -> None:
        if self._token is not None:
            current_span.reset(self._token)
        # A cancelled wait is no failure of what was waited for.
        self.failed = self.failed or (kind is not None and issubclass(kind, Exception))
        self.end()


class Unrecorded:
    """Stands in for a span where nobody records."""

    __slots__ = ("attributes", "failed")

    def __init__(self) -> None:
        self.attributes: dict[str, Attribute] = {}
        self.failed = False

    def end(self) -> None:
        pass

    def __enter__(self) -> Unrecorded:
        return self

    def __exit__(self, *_error: object) -> None:
        pass


def create_span(
    name: str, kind: Kind = Kind.INTERNAL, attributes: dict[str, Attribute] | None = None
) -> Span | Unrecorded:
    """A span of one's own: `with create_span("resize-picture"): ...`, a child of whatever is under way.

    Or without `with`, where nothing inside can have spans: call its `end` in a `finally`.
    """
    parent = current_span.get()
    if parent is None or parent.trace.over:
        return Unrecorded()
    return Span(parent.trace, name, parent.span_id, kind, attributes)


def traceparent() -> str | None:
    """The header for a request to somebody else, so that what happens there belongs to this trace."""
    span = current_span.get()
    if span is not None:
        return f"00-{span.trace.trace_id}-{span.span_id}-{'01' if span.trace.sampled else '00'}"
    trace_id = current_trace_id.get()
    return f"00-{trace_id}-{getrandbits(64) or 1:016x}-00" if trace_id else None


class Tracer:
    """Decides which requests are recorded, and by whom.

    `export` gets the spans of traces that are sampled: as the caller decided, else one in so many (`ratio`) of
    the trace ids, so that all instances decide alike. `measure` gets those of `measured` of all requests, and of
    at most ten a second.
    """

    def __init__(
        self,
        export: Callable[[Trace], None] | None = None,
        ratio: float = 1.0,
        measure: Callable[[Trace], None] | None = None,
        measured: float = 0.0,
    ) -> None:
        self._export = export
        self._measure = measure
        # Of the trace id's lower half, as OpenTelemetry's own sampler does.
        self._export_below = round(ratio * 2**64) if export is not None else 0
        self._measure_below = round(measured * 2**64) if measure is not None else 0
        self._second = 0
        self._measured_this_second = 0
        self._off = not self._export_below and not self._measure_below and export is None

    def root(self, incoming: Incoming, name: str) -> Span | None:
        """The span of a request; None when nobody records it."""
        if self._off:
            return None
        exported = self._export is not None and (
            incoming.sampled
            if incoming.sampled is not None
            else self._export_below >= 2**64 or int(incoming.trace_id[16:], 16) < self._export_below
        )
        # Drawn anew: the caller's decision is about its collector, and not about our Sentry.
        measured = self._measure_below > 0 and getrandbits(64) < self._measure_below and self._may_measure()
        if not exported and not measured:
            return None
        hand_on = self._both if exported and measured else self._export if exported else self._measure
        assert hand_on is not None
        return Span(Trace(incoming.trace_id, exported, hand_on), name, incoming.parent_id, Kind.SERVER, None)

    def _may_measure(self) -> bool:
        second = int(monotonic())
        if second != self._second:
            self._second, self._measured_this_second = second, 0
        self._measured_this_second += 1
        return self._measured_this_second <= _MEASURED_PER_SECOND

    def _both(self, trace: Trace) -> None:
        assert self._export is not None
        assert self._measure is not None
        self._export(trace)
        self._measure(trace)
