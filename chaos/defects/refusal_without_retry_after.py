"""A refusal does not say when to come back, so clients guess, and come back too soon all together."""

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harness.defect import Defect
from harness.stacks.plan import StackPlan
from target.app import create_app
from target.settings import Settings


class WithoutRetryAfter:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def stripped(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [header for header in message["headers"] if header[0] != b"retry-after"]
            await send(message)

        await self._app(scope, receive, stripped)


def spoilt_app(settings: Settings) -> ASGIApp:
    return WithoutRetryAfter(create_app(settings))


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, app_factory="chaos.defects.refusal_without_retry_after:spoilt_app")


DEFECT = Defect(
    title="A 429 does not say when to come back",
    drill="rate-limits",
    caught_by="observed refused-without-retry-after",
    spoil=spoil,
)
