"""For defects that leave something behind: an application around the target, which does it again and again."""

from collections.abc import Awaitable, Callable

from starlette.types import ASGIApp, Receive, Scope, Send


class EachRequest:
    """Before one request in `one_in`, `leave` is awaited."""

    def __init__(self, app: ASGIApp, leave: Callable[[], Awaitable[None]], one_in: int = 1) -> None:
        self._app = app
        self._leave = leave
        self._one_in = one_in
        self._requests = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # The balancer's questions are none: how much is left behind depends on the load alone.
        if scope["type"] == "http" and not scope["path"].startswith("/health"):
            self._requests += 1
            if self._requests % self._one_in == 0:
                await self._leave()
        await self._app(scope, receive, send)
