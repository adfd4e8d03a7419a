"""A real process: how it starts, refuses to start, and stops."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from tests.target.conftest import SECRET, Process

Launch = Callable[..., Process]


def url(process: Process, path: str) -> str:
    return f"http://127.0.0.1:{process.port}{path}"


def test_bad_settings_are_one_line_that_names_them_all(launch: Launch) -> None:
    status, out, err = launch(wait=False, DATABASE_URL="", JWT_SECRET="too-short-canary", PORT="0").end()
    assert status == 2
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("target: cannot start: DATABASE_URL is missing")
    assert "JWT_SECRET is shorter than 32 characters" in err
    assert "too-short-canary" not in err


@pytest.mark.parametrize(
    "factory", ["nonsense", "no.such.module:app", "target.app:missing", "target.app:_FEED_SECONDS"]
)
def test_a_factory_that_is_not_there_is_one_line(launch: Launch, factory: str) -> None:
    status, _, err = launch(factory, wait=False).end()
    assert status == 2
    assert err.startswith("target: cannot start: ")
    assert err.count("\n") == 1


def test_a_port_that_is_taken_is_one_line(launch: Launch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        status, _, err = launch(wait=False, PORT=str(taken.getsockname()[1])).end()
    assert status == 2
    assert "Address already in use" in err
    assert err.count("\n") == 1


def test_it_starts_without_its_database_and_cache(launch: Launch) -> None:
    process = launch(DATABASE_URL="postgresql://a:b@127.0.0.1:1/a", REDIS_URL="redis://127.0.0.1:1")
    assert httpx.get(url(process, "/health/live")).status_code == 200
    assert httpx.get(url(process, "/health/ready")).status_code == 503
    status, _, err = process.end(signal.SIGTERM)
    assert (status, err) == (0, "")


def test_another_factory_can_wrap_the_application(launch: Launch, tmp_path: Path) -> None:
    (tmp_path / "wrapping.py").write_text(
        "from target.app import create_app\n"
        "def wrapped(settings):\n"
        "    app = create_app(settings)\n"
        "    async def outer(scope, receive, send):\n"
        "        async def slower(message):\n"
        "            if message['type'] == 'http.response.start':\n"
        "                message['headers'] = [*message['headers'], (b'x-wrapped', b'yes')]\n"
        "            await send(message)\n"
        "        await app(scope, receive, slower if scope['type'] == 'http' else send)\n"
        "    return outer\n"
    )
    process = launch("wrapping:wrapped", PYTHONPATH=str(tmp_path), DRAIN_SECONDS="30")
    assert httpx.get(url(process, "/health")).headers["X-Wrapped"] == "yes"
    process.running.send_signal(signal.SIGTERM)
    process.wait_until(lambda: httpx.get(url(process, "/health/ready")).status_code == 503)
    assert process.end(signal.SIGINT)[0] == 0


def test_sigterm_drains_and_finishes_what_was_begun(launch: Launch) -> None:
    process = launch(DRAIN_SECONDS="1")
    process.wait_until(lambda: httpx.get(url(process, "/health/ready")).status_code == 200)
    with socket.create_connection(("127.0.0.1", process.port)) as slow:
        body = json.dumps({"email": "nobody@example.org", "password": "whatever-it-is"}).encode()
        head = f"POST /auth/login HTTP/1.1\r\nHost: t\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        slow.sendall(head + body[:5])
        terminated = time.monotonic()
        process.running.send_signal(signal.SIGTERM)

        # Still serving, and telling everybody to go elsewhere.
        process.wait_until(lambda: httpx.get(url(process, "/health/ready")).status_code == 503)
        answer = httpx.get(url(process, "/health"))
        assert (answer.status_code, answer.headers["Connection"]) == (200, "close")

        process.wait_until(lambda: not process.listens())
        assert time.monotonic() - terminated > 0.9
        slow.sendall(body[5:])
        received = b""
        while data := slow.recv(65536):
            received += data
    assert received.startswith(b"HTTP/1.1 401 ")
    assert b"connection: close" in received.lower()
    status, out, err = process.end()
    assert (status, err) == (0, "")
    assert [json.loads(line)["event"] for line in out.splitlines()][-1] == "stopped"


def test_sigint_does_not_wait(launch: Launch) -> None:
    process = launch(DRAIN_SECONDS="30")
    started = time.monotonic()
    assert process.end(signal.SIGINT)[0] == 0
    assert time.monotonic() - started < 3


def test_a_request_that_is_not_http_gets_the_one_shape_too(launch: Launch) -> None:
    process = launch()
    with socket.create_connection(("127.0.0.1", process.port)) as raw:
        raw.sendall(b"nonsense\r\n\r\n")
        received = b""
        while data := raw.recv(65536):
            received += data
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request")
    assert b"content-type: application/problem+json" in head
    assert b"x-instance: process-1" in head
    assert json.loads(body)["status"] == 400


def test_log_lines_are_json_with_a_trace_and_without_secrets(launch: Launch) -> None:
    process = launch(LOG_LEVEL="trace")
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    email = f"{os.urandom(6).hex()}@example.org"
    body = {"email": email, "password": "canary-password", "name": "Canary"}
    with httpx.Client(base_url=url(process, ""), headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}) as client:
        token = client.post("/auth/register", json=body).json()["access_token"]
        client.get("/feed?api_token=canary-query", headers={"Authorization": f"Bearer {token}"})
        client.post("/auth/login", json={**body, "extra": "canary-extra"})
    _, out, _ = process.end(signal.SIGTERM)
    lines = [json.loads(line) for line in out.splitlines()]
    for line in lines:
        assert {"time", "level", "event", "trace_id", "instance"} <= set(line)
        assert datetime.fromisoformat(line["time"]).tzinfo is not None
        assert line["level"] in ("error", "warn", "info", "debug", "trace")
    requests = [line for line in lines if line["event"] == "request" and line["trace_id"] == trace]
    assert [(line["method"], line["route"], line["status"]) for line in requests] == [
        ("POST", "/auth/register", 201),
        ("GET", "/feed", 200),
        ("POST", "/auth/login", 422),
    ]
    assert all(line["duration_ms"] > 0 for line in requests)
    for secret in ("canary", token, SECRET):
        assert secret not in out


def test_it_listens_within_little_time(launch: Launch) -> None:
    process = launch()
    ticks = Path(f"/proc/{process.running.pid}/stat")
    if not ticks.exists():
        pytest.skip("needs /proc to read the processor time")
    user, system = ticks.read_text().rpartition(")")[2].split()[11:13]
    assert (int(user) + int(system)) / os.sysconf("SC_CLK_TCK") < 0.6
