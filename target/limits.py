"""How much a client may send, and how long it may take to send it."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from target.errors import Problem

_BODYLESS = frozenset(("GET", "HEAD", "OPTIONS"))


class BodyLimits:
    """413 beyond a size, 408 beyond a time: a slow client must not hold a request open for ever."""

    def __init__(self, app: ASGIApp, max_bytes: int = 64 * 1024, max_seconds: float = 10.0) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._max_seconds = max_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # No route reads the body of a GET, so there is nothing to limit there.
        if scope["type"] != "http" or scope["method"] in _BODYLESS:
            await self._app(scope, receive, send)
            return
        for name, value in scope["headers"]:
            # Said in advance, so refused before it is read. The server has checked that it is a number.
            if name == b"content-length" and int(value[:20]) > self._max_bytes:
                raise self._too_large()
        deadline = asyncio.get_running_loop().time() + self._max_seconds
        received = 0
        complete = False

        async def limited() -> Message:
            nonlocal received, complete
            if complete:
                # What may follow is only the news that the client left, which may take as long as it likes.
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                # The rest of the body would be read as the next request: the connection ends here.
                detail = f"The body did not arrive within {self._max_seconds:g} seconds."
                raise Problem(408, detail, headers={"Connection": "close"}) from None
            received += len(message.get("body", b""))
            if received > self._max_bytes:
                raise self._too_large()
            complete = not message.get("more_body", False)
            return message

        await self._app(scope, limited, send)

    def _too_large(self) -> Problem:
        return Problem(413, f"A body may have at most {self._max_bytes} bytes.")
