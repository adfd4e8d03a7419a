"""OTLP over HTTP: spans as protobuf or as JSON, which differ in more than the packing."""

import re
from collections.abc import Iterable

import msgspec
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from harness import clock
from harness.sinks.bodies import Refusal
from harness.sinks.records import Scalar, Span

KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")
STATUSES = ("unset", "ok", "error")
Value = Scalar | list[Scalar]
_ID = re.compile(r"[0-9a-f]{16}|[0-9a-f]{32}")


def read_protobuf(body: bytes) -> list[Span]:
    """Raises Refusal for what is no export request."""
    request = ExportTraceServiceRequest()
    try:
        request.ParseFromString(body)
    except DecodeError as error:
        raise Refusal(f"no export request in protobuf: {error}") from error
    spans = []
    for resource in request.resource_spans:
        about = _attributes(resource.resource.attributes)
        for scope in resource.scope_spans:
            for span in scope.spans:
                spans.append(
                    _span(
                        about,
                        trace_id=span.trace_id.hex(),
                        span_id=span.span_id.hex(),
                        parent_id=span.parent_span_id.hex(),
                        name=span.name,
                        kind=span.kind,
                        start_ns=span.start_time_unix_nano,
                        end_ns=span.end_time_unix_nano,
                        status=span.status.code,
                        attributes=_attributes(span.attributes),
                    )
                )
    return spans


def _attributes(pairs: Iterable[KeyValue]) -> dict[str, Value]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: AnyValue) -> Value:
    which = value.WhichOneof("value")
    if which is None:
        return None
    if which == "array_value":
        return [str(_value(inner)) for inner in value.array_value.values]
    found = getattr(value, which)
    return found if isinstance(found, str | int | float | bool) else str(found)


class _JsonValue(msgspec.Struct, rename="camel"):
    # int64 is a string in protobuf's JSON; senders also write numbers.
    string_value: str | None = None
    bool_value: bool | None = None
    int_value: str | int | None = None
    double_value: float | None = None
    array_value: dict[str, list["_JsonValue"]] | None = None

    def plain(self) -> Value:
        if self.int_value is not None:
            return int(self.int_value)
        if self.array_value is not None:
            return [str(inner.plain()) for inner in self.array_value.get("values", [])]
        return next((v for v in (self.string_value, self.bool_value, self.double_value) if v is not None), None)


class _JsonPair(msgspec.Struct):
    key: str
    value: _JsonValue


class _JsonStatus(msgspec.Struct):
    code: int = 0


class _JsonSpan(msgspec.Struct, rename="camel"):
    trace_id: str
    span_id: str
    name: str
    start_time_unix_nano: str | int
    end_time_unix_nano: str | int
    parent_span_id: str = ""
    kind: int = 0
    attributes: list[_JsonPair] = []
    status: _JsonStatus = msgspec.field(default_factory=_JsonStatus)


class _JsonScope(msgspec.Struct):
    spans: list[_JsonSpan] = []


class _JsonResource(msgspec.Struct):
    attributes: list[_JsonPair] = []


class _JsonResourceSpans(msgspec.Struct, rename="camel"):
    resource: _JsonResource = msgspec.field(default_factory=_JsonResource)
    scope_spans: list[_JsonScope] = []


class _JsonRequest(msgspec.Struct, rename="camel"):
    resource_spans: list[_JsonResourceSpans] = []


_read_json = msgspec.json.Decoder(_JsonRequest).decode


def read_json(body: bytes) -> list[Span]:
    """OTLP's JSON: protobuf's own, save that ids are hex. Raises Refusal for what is none."""
    try:
        request = _read_json(body)
        return [
            _span(
                {pair.key: pair.value.plain() for pair in resource.resource.attributes},
                trace_id=span.trace_id.lower(),
                span_id=span.span_id.lower(),
                parent_id=span.parent_span_id.lower(),
                name=span.name,
                kind=span.kind,
                start_ns=int(span.start_time_unix_nano),
                end_ns=int(span.end_time_unix_nano),
                status=span.status.code,
                attributes={pair.key: pair.value.plain() for pair in span.attributes},
            )
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        raise Refusal(f"no export request in JSON: {error}") from error


def _span(
    about: dict[str, Value],
    *,
    trace_id: str,
    span_id: str,
    parent_id: str,
    name: str,
    kind: int,
    start_ns: int,
    end_ns: int,
    status: int,
    attributes: dict[str, Value],
) -> Span:
    if not (_is_id(trace_id, 32) and _is_id(span_id, 16) and (parent_id == "" or _is_id(parent_id, 16))):
        raise Refusal(f"a span {name!r} with the ids {trace_id!r}, {span_id!r} and {parent_id!r}")
    return Span(
        t=clock.now(),
        trace_id=trace_id,
        span_id=span_id,
        parent_id=parent_id,
        name=name,
        kind=KINDS[kind] if 0 <= kind < len(KINDS) else str(kind),
        service=str(about.get("service.name", "")),
        instance=str(about.get("service.instance.id", "")),
        start_ns=start_ns,
        end_ns=end_ns,
        status=STATUSES[status] if 0 <= status < len(STATUSES) else str(status),
        attributes=attributes,
    )


def _is_id(text: str, length: int) -> bool:
    return len(text) == length and _ID.fullmatch(text) is not None and set(text) != {"0"}
