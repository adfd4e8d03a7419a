"""Whoever is refused is logged with what he gave as his token: to find out why, and for one sprint only."""

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chaos.crashing import app_with_crashes
from harness.defect import Defect
from harness.stacks.plan import StackPlan
from target.observability.logs import log
from target.settings import Settings


class LogsRefusals:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")

        async def logging(message: Message) -> None:
            if message.get("status") == 401:
                log.warning("refused", given=given.rpartition(" ")[2])
            await send(message)

        await self._app(scope, receive, logging)


def spoilt_app(settings: Settings) -> ASGIApp:
    return LogsRefusals(app_with_crashes(settings))


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, app_factory="chaos.defects.logs_tokens_in_errors:spoilt_app")


DEFECT = Defect(
    title="A token that is refused is logged",
    drill="logs-hold-no-secrets",
    caught_by="observed logged-canaries",
    spoil=spoil,
)
