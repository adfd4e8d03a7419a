"""CORS: which web pages, by their origin, may read our answers in a browser.

Starlette's middleware is not used, for three things: it says `Access-Control-Allow-Credentials` to origins that
are not allowed, answers their preflights with an error in a shape of its own, and leaves `Vary` out where there
was no allowance, so that a cache may hand that answer to an allowed origin.
"""

from __future__ import annotations

from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Headers = list[tuple[bytes, bytes]]

_VARY = (b"vary", b"Origin")
_PREFLIGHT_VARY = (b"vary", b"Origin, Access-Control-Request-Method, Access-Control-Request-Headers")
_READABLE = b"Location, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, X-Trace-Id"
_MAY_ASK: Headers = [
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE"),
    (b"access-control-allow-headers", b"Authorization, Content-Type, Traceparent, Tracestate"),
    (b"access-control-max-age", b"600"),
]


class Cors:
    """Allows the listed origins, by comparing whole; all others get no header of allowance at all.

    With no origins there is nothing to vary by: then it does nothing, and an OPTIONS is a 405 like others.
    """

    def __init__(self, app: ASGIApp, origins: Iterable[str]) -> None:
        self._app = app
        self._allowances: dict[bytes, Headers] = {
            origin.encode("ascii"): [
                (b"access-control-allow-origin", origin.encode("ascii")),
                (b"access-control-allow-credentials", b"true"),
            ]
            for origin in origins
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._allowances:
            await self._app(scope, receive, send)
            return
        origin, asked = None, False
        for name, value in scope["headers"]:
            if name == b"origin":
                origin = value
            elif name == b"access-control-request-method":
                asked = True
        allowance = self._allowances.get(origin, []) if origin is not None else []
        if origin is not None and asked and scope["method"] == "OPTIONS":
            headers = [*allowance, *(_MAY_ASK if allowance else ()), _PREFLIGHT_VARY]
            await send({"type": "http.response.start", "status": 204, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        added = [*allowance, (b"access-control-expose-headers", _READABLE), _VARY] if allowance else [_VARY]

        async def send_with_allowance(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *added]
            await send(message)

        await self._app(scope, receive, send_with_allowance)
