"""How much a client may send, and how long it may take to send it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from target.errors import Problem

_BODYLESS = frozenset(("GET", "HEAD", "OPTIONS"))


class BodyLimit(NamedTuple):
    """What one body may be."""

    max_bytes: int
    max_seconds: float


class BodyLimits:
    """413 beyond a size, 408 beyond a time: a slow client must not hold a request open for ever.

    `by_path` names the paths whose bodies are of another size.
    """

    def __init__(
        self,
        app: ASGIApp,
        max_bytes: int = 64 * 1024,
        max_seconds: float = 10.0,
        by_path: Mapping[str, BodyLimit] | None = None,
    ) -> None:
        self._app = app
        self._usual = BodyLimit(max_bytes, max_seconds)
        self._by_path = by_path or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # No route reads the body of a GET, so there is nothing to limit there.
        if scope["type"] != "http" or scope["method"] in _BODYLESS:
            await self._app(scope, receive, send)
            return
        limit = self._by_path.get(scope["path"], self._usual)
        for name, value in scope["headers"]:
            # Said in advance, so refused before it is read. The server has checked that it is a number.
            if name == b"content-length" and int(value[:20]) > limit.max_bytes:
                raise _too_large(limit)
        deadline = asyncio.get_running_loop().time() + limit.max_seconds
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
                detail = f"The body did not arrive within {limit.max_seconds:g} seconds."
                raise Problem(408, detail, headers={"Connection": "close"}) from None
            received += len(message.get("body", b""))
            if received > limit.max_bytes:
                raise _too_large(limit)
            complete = not message.get("more_body", False)
            return message

        await self._app(scope, limited, send)


def _too_large(limit: BodyLimit) -> Problem:
    return Problem(413, f"A body may have at most {limit.max_bytes} bytes.")
