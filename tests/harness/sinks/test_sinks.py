"""The sinks understand the real senders, and refuse what no sender means."""

import gzip
import json
import subprocess
import sys
import zlib
from collections.abc import Iterator

import brotli
import httpx
import pytest
import sentry_sdk
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode
from prometheus_client import CollectorRegistry, Counter, delete_from_gateway, pushadd_to_gateway
from sentry_sdk.utils import event_from_exception

from tests.sinks import Sinks, running_sinks

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"
AUTH = {"X-Sentry-Auth": "Sentry sentry_key=public, sentry_version=7, sentry_client=test/1"}
EVENT = {
    "event_id": "a" * 32,
    "level": "error",
    "exception": {"values": [{"type": "ZeroDivisionError", "value": "by zero"}]},
    "user": {"id": "7"},
    "release": "1.2.3",
    "environment": "test",
    "contexts": {"trace": {"trace_id": TRACE, "span_id": SPAN}},
}


@pytest.fixture(scope="module")
def sinks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sinks]:
    with running_sinks(tmp_path_factory.mktemp("sinks")) as found:
        yield found


def envelope(payload: bytes, kind: str = "event", length: int | None = None) -> bytes:
    header = {"type": kind} if length == -1 else {"type": kind, "length": len(payload) if length is None else length}
    return b"\n".join((b'{"event_id":"' + b"a" * 32 + b'"}', json.dumps(header).encode(), payload, b""))


def post(sinks: Sinks, path: str, body: bytes, **headers: str) -> httpx.Response:
    return httpx.post(sinks.url + path, content=body, headers=headers, trust_env=False)


def test_an_error_from_the_real_sdk(sinks: Sinks) -> None:
    client = sentry_sdk.Client(
        dsn=sinks.dsn, release="9.9", environment="test", default_integrations=False, server_name="app-1"
    )
    sent, hint = event_from_exception(ValueError("from the sdk"), client_options=client.options)
    sent["user"] = {"id": "42"}
    event_id = client.capture_event(sent, hint)
    client.close()
    [event] = [item for item in sinks.sentry() if item.event_id == event_id]
    assert (event.release, event.environment, event.user, event.level) == ("9.9", "test", {"id": "42"}, "error")
    assert [(found.type, found.value) for found in event.exceptions] == [("ValueError", "from the sdk")]
    assert event.server_name == "app-1"
    assert b"from the sdk" in bytes(event.payload)


@pytest.mark.parametrize("packed", ["identity", "gzip", "deflate", "br"])
def test_an_envelope_packed_as_senders_pack(sinks: Sinks, packed: str) -> None:
    before = len(sinks.sentry())
    body = envelope(json.dumps(EVENT).encode())
    pack = {
        "identity": lambda body: body,
        "gzip": gzip.compress,
        "deflate": zlib.compress,
        "br": brotli.compress,
    }[packed]
    answer = post(sinks, "/api/1/envelope/", pack(body), **AUTH, **{"Content-Encoding": packed})
    assert (answer.status_code, answer.json()) == (200, {"id": "a" * 32})
    event = sinks.sentry()[before]
    assert (event.trace_id, event.user, event.project) == (TRACE, {"id": "7"}, "1")


def test_an_envelope_of_several_items(sinks: Sinks) -> None:
    before = len(sinks.sentry()), len(sinks.sentry("attachment"))
    payload = json.dumps(EVENT).encode()
    body = envelope(payload, length=-1) + b'{"type":"attachment","length":3}\n\n\n\n' + b"\n"
    assert post(sinks, "/api/1/envelope/", body, **AUTH).status_code == 200
    assert (len(sinks.sentry()), len(sinks.sentry("attachment"))) == (before[0] + 1, before[1] + 1)


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"not json", AUTH, 400),
        (envelope(b"{not json"), AUTH, 400),
        (envelope(b"{}", length=99), AUTH, 400),
        (envelope(b"{}", length=1), AUTH, 400),
        (b"not gzip", {**AUTH, "Content-Encoding": "gzip"}, 400),
        (gzip.compress(envelope(b"{}"))[:-5], {**AUTH, "Content-Encoding": "gzip"}, 400),
        (b"", {**AUTH, "Content-Encoding": "lzma"}, 415),
        (envelope(b"{}"), {}, 403),
        (envelope(b"{}"), {"X-Sentry-Auth": "Sentry sentry_version=7"}, 403),
    ],
)
def test_what_is_no_envelope_is_refused_and_noted(
    sinks: Sinks, body: bytes, headers: dict[str, str], status: int
) -> None:
    before = len(sinks.refused())
    answer = post(sinks, "/api/1/envelope/", body, **headers)
    assert answer.status_code == status
    [refused] = sinks.refused()[before:]
    assert (refused.path, refused.status) == ("/api/1/envelope/", status)
    assert refused.reason == answer.json()["detail"]


@pytest.mark.parametrize("path", ["", "/v1/traces"])
@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip])
def test_spans_from_the_real_exporter(sinks: Sinks, path: str, compression: Compression) -> None:
    before = len(sinks.spans())
    provider = TracerProvider(resource=Resource({"service.name": "shop", "service.instance.id": "app-2"}))
    exporter = OTLPSpanExporter(endpoint=sinks.url + path, compression=compression)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("test")
    with tracer.start_as_current_span("GET /", kind=SpanKind.SERVER) as outer:
        outer.set_attributes({"http.response.status_code": 200, "list": ["a", "b"]})
        with tracer.start_as_current_span("inner") as inner:
            inner.set_status(StatusCode.ERROR)
    provider.shutdown()
    child, root = sinks.spans()[before:]
    assert (root.name, root.kind, root.parent_id, root.service, root.instance) == (
        "GET /",
        "server",
        "",
        "shop",
        "app-2",
    )
    assert root.attributes == {"http.response.status_code": 200, "list": ["a", "b"]}
    assert (child.trace_id, child.parent_id, child.status) == (root.trace_id, root.span_id, "error")
    assert root.start_ns <= child.start_ns <= child.end_ns <= root.end_ns


def test_spans_in_json(sinks: Sinks) -> None:
    before = len(sinks.spans())
    span = {
        "traceId": TRACE.upper(),
        "spanId": SPAN,
        "name": "by hand",
        "kind": 3,
        "startTimeUnixNano": "1",
        "endTimeUnixNano": 2,
        "attributes": [{"key": "n", "value": {"intValue": "5"}}, {"key": "b", "value": {"boolValue": True}}],
    }
    about = {"attributes": [{"key": "service.name", "value": {"stringValue": "s"}}]}
    body = {"resourceSpans": [{"resource": about, "scopeSpans": [{"spans": [span]}]}]}
    answer = post(sinks, "/v1/traces", json.dumps(body).encode(), **{"Content-Type": "application/json"})
    assert answer.status_code == 200
    [found] = sinks.spans()[before:]
    assert (found.trace_id, found.kind, found.service) == (TRACE, "client", "s")
    assert found.attributes == {"n": 5, "b": True}


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"\xff\xff", "application/x-protobuf", 400),
        (b'{"resourceSpans": 1}', "application/json", 400),
        (b"{}", "text/plain", 415),
    ],
)
def test_what_are_no_spans(sinks: Sinks, body: bytes, kind: str, status: int) -> None:
    assert post(sinks, "/v1/traces", body, **{"Content-Type": kind}).status_code == status


def test_pushes_from_the_real_client(sinks: Sinks) -> None:
    registry = CollectorRegistry()
    Counter("sold", "Things sold.", ("what",), registry=registry).labels("tea/cups").inc(3)
    address, group = sinks.url.removeprefix("http://"), {"instance": "app-1", "path": "a/b"}
    pushadd_to_gateway(address, "shop", registry, group)
    delete_from_gateway(address, "shop", group)
    push, deleted = sinks.pushes()[-2:]
    assert (push.method, push.job, push.grouping) == ("POST", "shop", group)
    assert [(s.name, s.labels, s.value) for s in push.samples if s.name == "sold_total"] == [
        ("sold_total", {"what": "tea/cups"}, 3.0)
    ]
    assert (deleted.method, deleted.samples) == ("DELETE", [])


@pytest.mark.parametrize(
    ("path", "body"),
    [("/metrics/job/a", b"\xff"), ("/metrics/job/a", b"{} {"), ("/metrics/job", b""), ("/metrics/a/b", b"")],
)
def test_what_is_no_push(sinks: Sinks, path: str, body: bytes) -> None:
    answer = httpx.put(sinks.url + path, content=body, trust_env=False)
    assert answer.status_code == 400


def test_without_its_environment_it_says_what_is_missing() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "harness.sinks"], env={}, capture_output=True, text=True, check=False, timeout=20
    )
    assert done.returncode == 2
    assert "SINKS_FOLDER" in done.stderr
