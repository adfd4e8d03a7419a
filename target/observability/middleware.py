"""Sees every request from the outside: gives it a trace id and a span, counts it, writes its log line."""

from __future__ import annotations

from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from target.observability.logs import RequestLog
from target.observability.metrics import METHODS, Metrics
from target.observability.tracing import Incoming, Tracer, current_span, current_trace_id

_UNMATCHED = "unmatched"
_GONE = 499  # nginx's number for: the client went away before there was an answer
# Asked many times a second by machines: their successes would bury the lines and traces that people look for.
_QUIET = frozenset(("/health", "/health/live", "/health/ready", "/metrics"))


class Telemetry:
    """The outermost layer, so that what it measures is what the client saw."""

    def __init__(self, app: ASGIApp, metrics: Metrics, tracer: Tracer) -> None:
        self._app = app
        self._metrics = metrics
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        traceparent = None
        for name, value in scope["headers"]:
            if name == b"traceparent":
                traceparent = value
        incoming = Incoming(traceparent)
        trace_id = incoming.trace_id
        current_trace_id.set(trace_id)
        span = None if scope["path"] in _QUIET else self._tracer.root(incoming, "")
        # Set even to None: a connection's requests share their context.
        current_span.set(span)
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
            method: str = scope["method"] if scope["method"] in METHODS else "other"
            self._metrics.observe_request(method, template, status, seconds)
            identity = scope.get("identity")
            user_id: int | None = None if identity is None else identity.user_id
            quiet = template in _QUIET and status < 400
            RequestLog.current.write(trace_id, method, template, status, seconds, user_id, quiet=quiet)
            if span is not None:
                span.name = f"{method} {template}"
                span.attributes = {
                    "http.request.method": method,
                    "http.route": template,
                    "http.response.status_code": status,
                }
                span.failed = status >= 500
                span.end_root()
