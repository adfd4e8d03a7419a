"""What leaves this process: errors, spans, metrics, as their receivers get them; and what a bad receiver costs."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from target.app import create_app
from target.errors import Problem
from target.observability.tracing import create_span, traceparent
from target.routing import Endpoint
from target.settings import Settings
from tests.sinks import Sinks, running_sinks
from tests.target.conftest import register, serving

pytestmark = pytest.mark.asyncio
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"


@pytest.fixture(scope="module")
def sinks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sinks]:
    with running_sinks(tmp_path_factory.mktemp("sinks")) as found:
        yield found


async def broken(_request: Request) -> Response:
    # In two parts: the line itself is sent along.
    raise ZeroDivisionError("password=hunter2" + "-hunter2")


async def spans(_request: Request) -> Response:
    with create_span("outer"):
        with create_span("inner"):
            pass
        return Response(traceparent() or "")


async def half(_request: Request) -> Response:
    async def body() -> AsyncIterator[bytes]:
        yield b"half"
        raise ZeroDivisionError("too late")

    return StreamingResponse(body())


async def unrenderable(_request: Request) -> Response:
    raise Problem(400, "odd", extra={"cannot": object()})


@asynccontextmanager
async def telling(settings: Settings, **changes: Any) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(replace(settings, **{"sentry_traces_sample_rate": 0.0, **changes}))
    app.router.routes += [
        Endpoint("GET", "/broken/{id}", broken),
        Route("/spans", spans),
        Route("/half", half),
        Route("/unrenderable", unrenderable),
    ]
    async with serving(app) as client:
        yield client


async def test_an_error_reaches_sentry_once_with_all_that_finds_it(settings: Settings, sinks: Sinks) -> None:
    async with telling(settings, sentry_dsn=sinks.dsn) as client:
        me = (await register(client)).json()["user"]
        answer = await client.get("/broken/1?token=hunter2-hunter2")
        await client.get("/nowhere")
    assert answer.status_code == 500
    [event] = sinks.sentry()[-1:]
    mine = [found for found in sinks.sentry() if found.trace_id == answer.headers["X-Trace-Id"]]
    assert mine == [event]
    assert [found.type for found in event.exceptions] == ["ZeroDivisionError"]
    assert event.user == {"id": str(me["id"])}
    assert (event.release, event.environment, event.server_name) == ("1.2.3", "test", "test-1")
    assert (event.transaction, event.level) == ("/broken/{id}", "error")
    for secret in (b"hunter2-hunter2", me["email"].encode(), b"Bearer", b"engine-no-1"):
        assert secret not in bytes(event.payload)


async def test_an_error_after_half_an_answer_is_reported_once_too(settings: Settings, sinks: Sinks) -> None:
    async with telling(settings, sentry_dsn=sinks.dsn) as client:
        with pytest.raises(ZeroDivisionError):
            await client.get("/half")
    assert [found.value for event in sinks.sentry() for found in event.exceptions].count("too late") == 1


async def test_requests_are_measured_at_the_rate_that_is_set(settings: Settings, sinks: Sinks) -> None:
    before = len(sinks.sentry("transaction"))
    async with telling(settings, sentry_dsn=sinks.dsn, sentry_traces_sample_rate=1.0) as client:
        await client.get("/spans")
    [measured] = sinks.sentry("transaction")[before:]
    assert measured.transaction == "GET /spans"
    async with telling(settings, sentry_dsn=sinks.dsn) as client:
        await client.get("/spans")
    assert len(sinks.sentry("transaction")) == before + 1


async def test_a_request_s_spans_are_one_trace_with_the_caller_s_id(settings: Settings, sinks: Sinks) -> None:
    async with telling(settings, otlp_endpoint=f"{sinks.url}/v1/traces", otel_service_name="shop") as client:
        await register(client, "spans@example.org")
        answer = await client.get("/spans", headers={"traceparent": f"00-{TRACE}-{PARENT}-01"})
        await client.get("/users/me", headers={"traceparent": f"00-{TRACE}-{PARENT}-01"})
        await client.get("/spans", headers={"traceparent": f"00-{TRACE[::-1]}-{PARENT}-00"})
        await client.get("/health")
    mine = [span for span in sinks.spans() if span.trace_id == TRACE]
    by_name = {span.name: span for span in mine}
    root, outer, inner = by_name["GET /spans"], by_name["outer"], by_name["inner"]
    assert (root.parent_id, root.kind, root.service, root.instance) == (PARENT, "server", "shop", "test-1")
    assert root.attributes == {
        "http.request.method": "GET",
        "http.route": "/spans",
        "http.response.status_code": 200,
    }
    assert (outer.parent_id, inner.parent_id) == (root.span_id, outer.span_id)
    # What is asked of others belongs to this trace too, below the span that asks.
    assert answer.text == f"00-{TRACE}-{outer.span_id}-01"
    sql = [span for span in sinks.spans() if span.attributes.get("db.system.name") == "postgresql"]
    assert sql
    assert all(span.kind == "client" and span.parent_id for span in sql)
    assert not [span for span in sinks.spans() if span.trace_id == TRACE[::-1] or "/health" in span.name]


@pytest.mark.parametrize("off", [{"otel_disabled": True}, {"otel_sampler_share": 0.0}])
async def test_no_spans_when_they_are_off(settings: Settings, sinks: Sinks, off: dict[str, Any]) -> None:
    before = len(sinks.spans())
    async with telling(settings, otlp_endpoint=sinks.url, **off) as client:
        answer = await client.get("/spans")
    assert answer.text.startswith(f"00-{answer.headers['X-Trace-Id']}-") or off == {"otel_sampler_share": 0.0}
    assert len(sinks.spans()) == before


async def test_metrics_are_pushed_as_this_instance_s(settings: Settings, sinks: Sinks) -> None:
    async with telling(settings, push_gateway=sinks.url, push_seconds=0.05) as client:
        await client.get("/spans")
        await asyncio.to_thread(sinks.wait_for, lambda: len(sinks.pushes()), 2)
    last = sinks.pushes()[-1]
    assert (last.method, last.job, last.grouping) == ("PUT", "target", {"instance": "test-1"})
    counted = {tuple(s.labels.values()): s.value for s in last.samples if s.name == "http_requests_total"}
    assert counted[("GET", "/spans", "200")] == 1.0


@pytest.fixture
def hung() -> Iterator[str]:
    """Somebody who accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize("dead", [False, True])
async def test_receivers_that_hang_or_are_gone_cost_nothing(
    settings: Settings, hung: str, dead: bool, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    address = "127.0.0.1:1" if dead else hung
    addresses = {
        "sentry_dsn": f"http://public@{address}/1",
        "otlp_endpoint": f"http://{address}",
        "push_gateway": f"http://{address}",
    }
    async with telling(
        settings, **addresses, push_seconds=0.01, sentry_traces_sample_rate=1.0, log_level="warn"
    ) as client:
        await register(client, "hung@example.org")
        slowest = 0.0
        for number in range(60):
            started = time.perf_counter()
            answer = await client.get("/broken/1" if number % 10 == 0 else "/spans")
            slowest = max(slowest, time.perf_counter() - started)
            assert answer.status_code == (500 if number % 10 == 0 else 200)
        closing = time.perf_counter()
    # Their time-outs are seconds; what is bounded here is a stall, on a machine that others use as well.
    assert slowest < 0.5
    assert time.perf_counter() - closing < 4.5
    lines = capfdbinary.readouterr().out.splitlines()
    assert len([line for line in lines if b"unhandled error" not in line]) < 10


async def test_what_could_not_be_delivered_is_counted(settings: Settings) -> None:
    nowhere = {
        "sentry_dsn": "http://public@127.0.0.1:1/1",
        "otlp_endpoint": "http://127.0.0.1:1",
        "push_gateway": "http://127.0.0.1:1",
    }
    async with telling(settings, **nowhere, push_seconds=0.05) as client:
        await register(client, "lost@example.org")
        for _ in range(3):
            await client.get("/broken/1")
        lost: dict[str, float] = {}
        deadline = time.monotonic() + 10
        # An error is counted at once, traces when the batch of a second is sent, and pushes at intervals.
        while (lost.get("sentry"), lost.get("traces")) != (3, 4) or not lost.get("metrics"):
            assert time.monotonic() < deadline, lost
            lost = lost_by_outlet((await client.get("/metrics")).text)
            await asyncio.sleep(0.05)


async def test_what_is_delivered_is_not_counted_as_lost(settings: Settings, sinks: Sinks) -> None:
    all_there = {"sentry_dsn": sinks.dsn, "otlp_endpoint": sinks.url, "push_gateway": sinks.url}
    async with telling(settings, **all_there, push_seconds=0.05) as client:
        await register(client, "delivered@example.org")
        arrived, pushed = len(sinks.sentry()), len(sinks.pushes())
        answer = await client.get("/broken/1")
        trace = answer.headers["X-Trace-Id"]
        await asyncio.to_thread(sinks.wait_for, lambda: len(sinks.sentry()), arrived + 1)
        await asyncio.to_thread(sinks.wait_for, lambda: len(sinks.pushes()), pushed + 1)
        await asyncio.to_thread(sinks.wait_for, lambda: [span.trace_id for span in sinks.spans()].count(trace))
        assert lost_by_outlet((await client.get("/metrics")).text) == {"sentry": 0, "traces": 0, "metrics": 0}


def lost_by_outlet(text: str) -> dict[str, float]:
    lines = [line for line in text.splitlines() if line.startswith("telemetry_lost_total{")]
    return {line.split('"')[1]: float(line.rpartition(" ")[2]) for line in lines}


async def test_an_error_in_the_error_s_own_path_has_the_same_shape(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with telling(settings) as client:
        odd = await client.get("/unrenderable")
        monkeypatch.setattr("target.errors.problem_response", lambda *_: 1 / 0)
        worse = await client.get("/unrenderable")
    for answer in (odd, worse):
        assert answer.status_code == 500
        assert answer.headers["Content-Type"] == "application/problem+json"
        problem = answer.json()
        assert (problem["status"], problem["title"]) == (500, "Internal Server Error")
        assert problem["trace_id"] == answer.headers["X-Trace-Id"]
        assert "Traceback" not in answer.text
