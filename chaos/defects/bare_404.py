"""The answer to a path that is not there comes from another layer, which knows nothing of the headers."""

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harness.defect import Defect
from harness.stacks.plan import StackPlan
from target.app import create_app
from target.settings import Settings

LOST = (b"x-frame-options", b"x-content-type-options")


class Bare404:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def bare(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 404:
                message["headers"] = [header for header in message["headers"] if header[0] not in LOST]
            await send(message)

        await self._app(scope, receive, bare)


def spoilt_app(settings: Settings) -> ASGIApp:
    return Bare404(create_app(settings))


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, app_factory="chaos.defects.bare_404:spoilt_app")


DEFECT = Defect(
    title="A 404 lacks two security headers",
    drill="security-headers",
    caught_by="observed headers-missing",
    spoil=spoil,
)
