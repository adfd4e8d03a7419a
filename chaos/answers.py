"""The start of each answer, where its status and headers are, altered on its way out: for defects."""

from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Alter = Callable[[Scope, Message], None]
"""Gets the request's scope and the answer's start, which it may change."""


def altering(app: ASGIApp, alter: Alter) -> ASGIApp:
    """The application as those see it who are in front of it."""

    async def altered(scope: Scope, receive: Receive, send: Send) -> None:
        async def on_its_way(message: Message) -> None:
            if message["type"] == "http.response.start":
                alter(scope, message)
            await send(message)

        await app(scope, receive, on_its_way)

    return altered
