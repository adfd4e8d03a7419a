"""Trace ids, metrics and log lines."""

from __future__ import annotations

import io
import json

import httpx
import pytest

from target.observability.logs import Render, redact
from target.observability.tracing import trace_id_from

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.asyncio
async def test_a_request_keeps_the_trace_that_it_comes_with(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health", headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"})
    assert answer.headers["X-Trace-Id"] == TRACE


@pytest.mark.asyncio
async def test_each_other_request_gets_a_trace_of_its_own(client: httpx.AsyncClient) -> None:
    ids = {(await client.get("/health")).headers["X-Trace-Id"] for _ in range(10)}
    assert len(ids) == 10


@pytest.mark.parametrize(
    "traceparent",
    [
        b"",
        b"nonsense",
        f"00-{TRACE.upper()}-00f067aa0ba902b7-01".encode(),
        f"ff-{TRACE}-00f067aa0ba902b7-01".encode(),
        f"00-{'0' * 32}-00f067aa0ba902b7-01".encode(),
        f"00-{TRACE}-{'0' * 16}-01".encode(),
        f"00-{TRACE}-00f067aa0ba902b7-01-more".encode(),
        f"00-{TRACE}-00f067aa0ba902b7".encode(),
    ],
)
def test_a_trace_that_is_not_valid_is_not_taken_over(traceparent: bytes) -> None:
    assert trace_id_from(traceparent) != TRACE
    assert len(trace_id_from(traceparent)) == 32


def test_a_later_version_of_the_header_may_say_more() -> None:
    assert trace_id_from(f"01-{TRACE}-00f067aa0ba902b7-01-more".encode()) == TRACE


@pytest.mark.asyncio
async def test_requests_are_counted_by_route_and_not_by_path(ada: httpx.AsyncClient) -> None:
    for path in ("/posts/1", "/posts/2", "/nowhere", "/nowhere/else"):
        await ada.get(path)
    text = (await ada.get("/metrics")).text
    assert 'http_requests_total{method="GET",route="/posts/{id}",status="404"} 2.0' in text
    assert 'http_requests_total{method="GET",route="unmatched",status="404"} 2.0' in text
    assert 'http_request_duration_seconds_count{method="GET",route="/posts/{id}",status="404"} 2.0' in text
    assert "http_active_connections 1.0" in text
    assert 'db_query_duration_seconds_count{query="find_post"} 2.0' in text


@pytest.mark.asyncio
async def test_methods_that_clients_invent_make_no_series(client: httpx.AsyncClient) -> None:
    for method in ("BREW", "POUR"):
        await client.request(method, "/health")
    assert 'http_requests_total{method="other",route="/health",status="405"} 2.0' in (await client.get("/metrics")).text


def test_secrets_are_hidden_by_their_names_at_any_depth() -> None:
    shown = redact(
        {
            "user": "ada",
            "password": "p",
            "headers": {"Authorization": "a", "Accept": "b"},
            "list": [{"access_token": "t", "JWT_SECRET": "s"}],
        }
    )
    assert shown == {
        "user": "ada",
        "password": "[redacted]",
        "headers": {"Authorization": "[redacted]", "Accept": "b"},
        "list": [{"access_token": "[redacted]", "JWT_SECRET": "[redacted]"}],
    }


def test_a_line_that_json_cannot_hold_is_written_all_the_same() -> None:
    line = Render("i")(None, "info", {"event": "odd", "text": "\ud800", "thing": io.BytesIO})
    assert json.loads(line)["event"] == "'odd'"


def test_a_traceback_shows_calls_and_no_values() -> None:
    def fails(password: str) -> None:
        raise ValueError("wrong" if password else "empty")

    try:
        fails("hunter2")
    except ValueError as error:
        line = json.loads(Render("i")(None, "error", {"event": "broken", "exc_info": error}))
    assert "ValueError: wrong" in line["exception"]
    assert "in fails" in line["exception"]
