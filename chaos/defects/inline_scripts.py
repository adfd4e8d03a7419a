"""Pages for people allow inline scripts, since one of them needed one: the policy no longer stops a stored script."""

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harness.defect import Defect
from harness.stacks.plan import StackPlan
from target.app import create_app
from target.settings import Settings

POLICY = b"content-security-policy"


class InlineScripts:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].endswith("/page"):
            await self._app(scope, receive, send)
            return

        async def loosened(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    (name, value.rstrip(b"; ") + b"; script-src 'unsafe-inline'") if name == POLICY else (name, value)
                    for name, value in message["headers"]
                ]
            await send(message)

        await self._app(scope, receive, loosened)


def spoilt_app(settings: Settings) -> ASGIApp:
    return InlineScripts(create_app(settings))


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, app_factory="chaos.defects.inline_scripts:spoilt_app")


DEFECT = Defect(
    title="Pages allow inline scripts",
    drill="security-headers",
    caught_by="observed headers-missing",
    spoil=spoil,
)
