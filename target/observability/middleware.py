"""Sees every request from the outside: gives it a trace id, counts it, writes its log line."""

from __future__ import annotations

from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from target.observability.logs import log
from target.observability.metrics import Metrics
from target.observability.tracing import current_trace_id, trace_id_from

_UNMATCHED = "unmatched"
_GONE = 499  # nginx's number for: the client went away before there was an answer
# Asked many times a second by machines: their successes would bury the lines that people look for.
_QUIET = frozenset(("/health", "/health/live", "/health/ready", "/metrics"))


class Telemetry:
    """The outermost layer, so that what it measures is what the client saw."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        traceparent = None
        for name, value in scope["headers"]:
            if name == b"traceparent":
                traceparent = value
        trace_id = trace_id_from(traceparent)
        current_trace_id.set(trace_id)
        header = (b"x-trace-id", trace_id.encode("ascii"))
        status = _GONE

        async def send_with_trace_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), header]
            await send(message)

        active = self._metrics.http_active
        active.inc()
        started = perf_counter()
        try:
            await self._app(scope, receive, send_with_trace_id)
        finally:
            seconds = perf_counter() - started
            active.dec()
            route = scope.get("route")
            template: str = _UNMATCHED if route is None else route.path
            method: str = scope["method"]
            self._metrics.observe_request(method, template, status, seconds)
            write = log.debug if template in _QUIET and status < 400 else log.info
            write("request", method=method, route=template, status=status, duration_ms=round(seconds * 1000, 3))
