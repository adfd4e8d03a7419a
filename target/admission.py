"""How many requests an instance has at once. Those beyond are refused, soon enough for the client to go elsewhere."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from target.errors import problem_response, unavailable

# Whoever asks whether this instance is well must not be told that it is busy.
_ALWAYS = ("/health", "/health/live", "/health/ready", "/metrics")


class Admission:
    """At most `at_most` requests are worked on; the next one is answered 503 at once.

    An instance that takes whatever comes serves nobody when more comes than it can do: each waits for all before it,
    until its client has given up, and the work is done for nothing.
    """

    def __init__(self, app: ASGIApp, at_most: int) -> None:
        self._app = app
        self._at_most = at_most
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _ALWAYS:
            await self._app(scope, receive, send)
            return
        if self._in_flight >= self._at_most:
            await problem_response(unavailable("There is too much to do."), scope["path"])(scope, receive, send)
            return
        self._in_flight += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._in_flight -= 1
