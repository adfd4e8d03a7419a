"""Trace ids, metrics and log lines."""

from __future__ import annotations

import io
import json

import httpx
import pytest

from target.observability.logs import Render, Writer
from target.observability.scrub import know_secrets, scrub, scrub_values
from target.observability.tracing import trace_id_from
from tests.target.conftest import Serve, register

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
    assert 'db_query_duration_seconds_count{query="find_post_details"} 2.0' in text


@pytest.mark.asyncio
async def test_methods_that_clients_invent_make_no_series(client: httpx.AsyncClient) -> None:
    for method in ("BREW", "POUR"):
        await client.request(method, "/health")
    assert 'http_requests_total{method="other",route="/health",status="405"} 2.0' in (await client.get("/metrics")).text


def test_secrets_are_hidden_by_their_names_at_any_depth() -> None:
    shown = scrub_values(
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
    assert json.loads(line)["event"] == "odd"


def test_a_traceback_shows_calls_and_no_values() -> None:
    def fails(password: str) -> None:
        raise ValueError("wrong" if password else "empty")

    try:
        fails("hunter2")
    except ValueError as error:
        line = json.loads(Render("i")(None, "error", {"event": "broken", "exc_info": error}))
    assert "ValueError: wrong" in line["exception"]
    assert "in fails" in line["exception"]


@pytest.mark.parametrize(
    "text",
    [
        "connecting to postgresql://app:CANARY@db:5432/main failed",
        "redis://:CANARY@cache:6379",
        "https://CANARY@sentry.example/1",
        "GET /reset?token=CANARY&next=/",
        "/login?password=CANARY",
        '{"password": "CANARY", "name": "ada"}',
        '{"refresh_token":"CAN\\"ARY CANARY"}',
        "{'new_password': b'CANARY', 'x': 1}",
        "Authorization: Bearer CANARY",
        "sent Bearer CANARY-and-more",
        "Cookie: session=CANARY; theme=dark",
        "JWT_SECRET=CANARY",
        "api_key = CANARY",
        "x-api-key: CANARY",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJDQU5BUlkifQ.CANARY",
        "duplicate key\nDETAIL:  Key (email)=(CANARY) already exists.",
        "the known one is here: CANARY",
    ],
)
def test_what_looks_like_a_secret_is_taken_out_of_texts(text: str) -> None:
    if "known" in text:
        know_secrets(["CANARY-that-is-long", "here: CANARY"])
    try:
        assert "CANARY" not in scrub(text)
        line = Render("i")(None, "error", {"event": text, "at": {"url": [text]}, "exc_info": ValueError(text)})
        assert b"CANARY" not in line
        assert json.loads(line)["level"] == "error"
    finally:
        know_secrets(())


def test_what_is_no_secret_stays() -> None:
    text = 'GET /posts?limit=5 took 3 ms: relation "posts" does not exist, retry in 1 s'
    assert scrub(text) == text


def test_a_thing_that_cannot_even_be_shown_does_not_stop_the_line() -> None:
    class Hostile:
        def __repr__(self) -> str:
            raise RuntimeError("no")

    line = json.loads(Render("i")(None, "error", {"event": "odd", "thing": Hostile()}))
    assert (line["event"], line["level"]) == ("odd", "error")


def test_a_log_that_cannot_be_written_is_nobody_s_problem() -> None:
    class Full(io.BytesIO):
        def write(self, _data: object) -> int:
            raise OSError(28, "No space left on device")

    Writer(Full()).msg(b"lost")


@pytest.mark.asyncio
async def test_the_request_s_line_says_who_asked(serve: Serve, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    async with serve(log_level="info") as client:
        answer = await register(client)
        await client.get("/feed?token=CANARY", headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"})
    lines = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    [feed] = [line for line in lines if line.get("route") == "/feed"]
    assert (feed["level"], feed["trace_id"], feed["method"], feed["status"]) == ("info", TRACE, "GET", 200)
    assert feed["user_id"] == answer.json()["user"]["id"]
    assert "CANARY" not in json.dumps(lines)
    assert "engine-no-1" not in json.dumps(lines)


@pytest.mark.asyncio
async def test_a_slow_query_is_logged_by_its_name_alone(
    serve: Serve, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    async with serve(log_level="warn", slow_query_ms=0) as client:
        await register(client, "slow@example.org")
    out = capfdbinary.readouterr().out
    lines = [json.loads(line) for line in out.splitlines()]
    slow = [line for line in lines if line["event"] == "slow query"]
    assert slow
    assert {"query", "duration_ms", "trace_id"} <= set(slow[0])
    assert b"slow@example.org" not in out


@pytest.mark.asyncio
async def test_metrics_that_there_are_before_anything_happens(client: httpx.AsyncClient) -> None:
    text = (await client.get("/metrics")).text
    assert "websocket_connections 0.0" in text
    assert "process_resident_memory_bytes" in text
