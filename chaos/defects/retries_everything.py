"""What has no idempotency key is tried again too: one order becomes three."""

from dataclasses import replace
from typing import TypeVar

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.external.service import ExternalError, ExternalService
from target.services import Services
from target.settings import Settings

T = TypeVar("T")
TRIES = 3


class Stubborn:
    def __init__(self, service: ExternalService) -> None:
        self._service = service

    async def call(self, path: str, body: object, gives: type[T], idempotency_key: str | None = None) -> T:
        tries = 1 if idempotency_key else TRIES
        for _ in range(tries - 1):
            try:
                return await self._service.call(path, body, gives, idempotency_key)
            except ExternalError:
                continue
        return await self._service.call(path, body, gives, idempotency_key)

    async def close(self) -> None:
        await self._service.close()


def spoilt_app(settings: Settings) -> Starlette:
    app = create_app(settings)
    parts: Services = app.state.services
    assert parts.ai is not None
    app.state.services = replace(parts, ai=Stubborn(parts.ai))  # type: ignore[arg-type]
    return app


DEFECT = Defect(
    title="What is not idempotent is tried again",
    drill="outage-of-the-ai-service",
    caught_by="observed tries-without-key",
    spoil=serving(spoilt_app),
)
