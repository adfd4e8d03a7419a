"""What an open breaker refuses is tried again like any failure: the refusal comes, after all the pauses."""

import asyncio
from typing import TypeVar

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.external.breaker import BreakerOpen
from target.external.service import ExternalService
from target.settings import Settings

T = TypeVar("T")
TRIES = 3
PAUSE_S = 0.3


def spoilt_app(settings: Settings) -> Starlette:
    once = ExternalService.call

    async def call(
        self: ExternalService, path: str, body: object, gives: type[T], idempotency_key: str | None = None
    ) -> T:
        for _ in range(TRIES - 1):
            try:
                return await once(self, path, body, gives, idempotency_key)
            except BreakerOpen:
                await asyncio.sleep(PAUSE_S)
        return await once(self, path, body, gives, idempotency_key)

    ExternalService.call = call  # type: ignore[method-assign]
    return create_app(settings)


DEFECT = Defect(
    title="A breaker's refusal is tried again like a failure",
    drill="breaker",
    caught_by="answered-within",
    spoil=serving(spoilt_app),
)
