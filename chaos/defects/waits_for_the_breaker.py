"""An open breaker makes its callers wait: what should cost them nothing costs them a second."""

import asyncio
from typing import TypeVar

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.external.breaker import BreakerOpen
from target.external.service import ExternalService
from target.settings import Settings

T = TypeVar("T")
HOPES_S = 1.0


def spoilt_app(settings: Settings) -> Starlette:
    at_once = ExternalService.call

    async def call(
        self: ExternalService, path: str, body: object, gives: type[T], idempotency_key: str | None = None
    ) -> T:
        try:
            return await at_once(self, path, body, gives, idempotency_key)
        except BreakerOpen:
            await asyncio.sleep(HOPES_S)
            raise

    ExternalService.call = call  # type: ignore[method-assign]
    return create_app(settings)


DEFECT = Defect(
    title="Whom an open breaker refuses has to wait for it",
    drill="breaker",
    caught_by="answered-within",
    spoil=serving(spoilt_app),
)
