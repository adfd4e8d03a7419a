"""Spans to a collector, by OTLP over HTTP: https://opentelemetry.io/docs/specs/otlp/

In a thread, from a queue that drops when it is full: a collector that hangs or is gone costs no request anything.
OpenTelemetry's SDK would spend as much on a span as all else spends on its request, and in the same interpreter. So
the message is put together here, from OpenTelemetry's own definition of it: what spans of one kind have in common is
encoded once, and the rest (ids and times) is appended, which to protobuf is the same message.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from struct import Struct
from urllib.parse import urlsplit

import urllib3
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1 import trace_pb2

from target.observability.logs import log
from target.observability.tracing import Attribute, Kind, Span, Trace
from target.settings import Settings

_SEND_SECONDS = 2.0
_MOST_WAITING = 2048
_BATCH = 512
_EVERY_SECONDS = 1.0
_LOG_EVERY = 60
_MOST_FORMS = 1000
_KINDS = {
    Kind.INTERNAL: trace_pb2.Span.SPAN_KIND_INTERNAL,
    Kind.SERVER: trace_pb2.Span.SPAN_KIND_SERVER,
    Kind.CLIENT: trace_pb2.Span.SPAN_KIND_CLIENT,
}
# Tags of the wire format: number of the field × 8, plus 2 for bytes with a length, or 1 for 64 bits.
_TRACE_ID, _SPAN_ID, _PARENT_ID = b"\x0a\x10", b"\x12\x08", b"\x22\x08"
_TIMES = Struct("<cQcQ")
_START, _END = b"\x39", b"\x41"
_IDS_AND_TIMES = len(_TRACE_ID) + 16 + len(_SPAN_ID) + 8 + _TIMES.size
_PARENT_LENGTH = len(_PARENT_ID) + 8
_FIRST_FIELD, _SECOND_FIELD = b"\x0a", b"\x12"

Form = tuple[str, Kind, bool, bool, tuple[tuple[str, Attribute], ...]]


class OtlpExport:
    """Where sampled traces go. `lost` counts those that did not get there, or whose arrival nobody confirmed."""

    def __init__(self, endpoint: str, settings: Settings, lost: Callable[[int], None]) -> None:
        self._lost = lost
        resource = {
            "service.name": settings.otel_service_name,
            "service.instance.id": settings.instance_name,
            "service.version": settings.app_version,
            "deployment.environment.name": settings.environment,
        }
        scope = InstrumentationScope(name="target", version=settings.app_version)
        self._resource = trace_pb2.ResourceSpans(
            resource=Resource(attributes=_key_values(resource))
        ).SerializeToString()
        self._scope = trace_pb2.ScopeSpans(scope=scope).SerializeToString()
        self._forms: dict[Form, tuple[bytes, bytes]] = {}
        self._url = _with_path(endpoint)
        self._http = urllib3.PoolManager(timeout=_SEND_SECONDS, retries=False)
        self._waiting: deque[Trace] = deque()
        self._enough = threading.Event()
        self._closing = threading.Event()
        self._failures = 0
        self._thread = threading.Thread(target=self._run, name="otlp-export", daemon=True)
        self._thread.start()

    def __call__(self, trace: Trace) -> None:
        """Queue a trace's spans."""
        waiting = self._waiting
        if len(waiting) >= _MOST_WAITING:
            self._lost(1)
            return
        waiting.append(trace)
        if len(waiting) == _BATCH:
            self._enough.set()

    def close(self) -> None:
        """Send what waits. Blocks for as long as the collector takes."""
        self._closing.set()
        self._enough.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.is_set():
            self._enough.wait(_EVERY_SECONDS)
            self._enough.clear()
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), _BATCH))]
                if not self._deliver(batch) and self._closing.is_set():
                    return

    def _deliver(self, batch: list[Trace]) -> bool:
        delivered = False
        try:
            delivered = self._send(self._request(batch))
        # One span that cannot be packed must not end the thread, and with it all that comes after.
        except Exception as error:
            self._failed(type(error).__name__)
        if not delivered:
            self._lost(len(batch))
        return delivered

    def _send(self, body: bytes) -> bool:
        try:
            answer = self._http.request(
                "POST", self._url, body=body, headers={"Content-Type": "application/x-protobuf"}
            )
        except (urllib3.exceptions.HTTPError, OSError) as error:
            self._failed(type(error).__name__)
            return False
        if answer.status >= 300:
            self._failed(f"HTTP {answer.status}")
            return False
        self._failures = 0
        return True

    def _failed(self, why: str) -> None:
        if self._failures % _LOG_EVERY == 0:
            log.warning("spans are not delivered", reason=why)
        self._failures += 1

    def _request(self, traces: Iterable[Trace]) -> bytes:
        spans = [self._scope]
        for trace in traces:
            trace_id = bytes.fromhex(trace.trace_id)
            for span in trace.spans:
                spans.append(self._encode(trace_id, span))
        scope_spans = b"".join(spans)
        resource_spans = b"".join((self._resource, *_field(_SECOND_FIELD, scope_spans)))
        return b"".join(_field(_FIRST_FIELD, resource_spans))

    def _encode(self, trace_id: bytes, span: Span) -> bytes:
        form = (span.name, span.kind, span.failed, not span.parent_id, tuple(span.attributes.items()))
        known = self._forms.get(form)
        if known is None:
            if len(self._forms) >= _MOST_FORMS:
                self._forms.clear()
            known = self._forms[form] = _common(span)
        head, common = known
        parent = _PARENT_ID + bytes.fromhex(span.parent_id) if span.parent_id else b""
        times = _TIMES.pack(_START, span.start_ns, _END, span.end_ns)
        return b"".join((head, trace_id, _SPAN_ID, bytes.fromhex(span.span_id), parent, common, times))


def _common(span: Span) -> tuple[bytes, bytes]:
    """What all spans of one form share: how they begin, their length included, and all but ids and times."""
    failed = trace_pb2.Status(code=trace_pb2.Status.STATUS_CODE_ERROR) if span.failed else None
    common = trace_pb2.Span(
        name=span.name, kind=_KINDS[span.kind], attributes=_key_values(span.attributes), status=failed
    ).SerializeToString()
    length = _IDS_AND_TIMES + (_PARENT_LENGTH if span.parent_id else 0) + len(common)
    return _SECOND_FIELD + _varint(length) + _TRACE_ID, common


def _field(tag: bytes, content: bytes) -> tuple[bytes, bytes, bytes]:
    return tag, _varint(len(content)), content


def _varint(number: int) -> bytes:
    """As protobuf writes lengths: seven bits a byte, the lowest first."""
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)


def _key_values(attributes: dict[str, Attribute] | dict[str, str]) -> list[KeyValue]:
    return [KeyValue(key=key, value=_value(value)) for key, value in attributes.items()]


def _value(value: Attribute) -> AnyValue:
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    return AnyValue(string_value=value)


def _with_path(endpoint: str) -> str:
    # The guide gives the whole address, OpenTelemetry's specification the collector's.
    return f"{endpoint}/v1/traces" if urlsplit(endpoint).path in ("", "/") else endpoint
