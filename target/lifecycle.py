"""Where this process is in its life, and how its answers say which process gave them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TypedDict

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_CLOSE = (b"connection", b"close")


@dataclass(slots=True)
class Lifecycle:
    """The server sets `draining` when it was told to stop; readiness and the answers' headers follow."""

    draining: bool = False
    started: float = field(default_factory=time.monotonic)

    @property
    def uptime(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started


class LifespanState(TypedDict):
    """What the application hands to its server, by the lifespan state of ASGI."""

    lifecycle: Lifecycle


class InstanceHeaders:
    """`X-Instance` on every answer; `Connection: close` on those given while draining.

    Clients and the balancer keep connections open. Those must have moved to another instance by the time
    this one stops to listen, or a request that is just being sent is lost.
    """

    def __init__(self, app: ASGIApp, instance: str, lifecycle: Lifecycle) -> None:
        self._app = app
        self._header = (b"x-instance", instance.encode("ascii"))
        self._lifecycle = lifecycle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"] = [*message.get("headers", ()), self._header]
                if self._lifecycle.draining and _CLOSE not in headers:
                    headers.append(_CLOSE)
            await send(message)

        await self._app(scope, receive, send_with_headers)
