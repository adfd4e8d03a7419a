"""A breaker that is made anew for each request, and so has never seen a call fail."""

from dataclasses import replace
from typing import TypeVar

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.external import external_service
from target.observability.metrics import Metrics
from target.services import Services
from target.settings import Settings

T = TypeVar("T")


class MadeAnew:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def call(self, path: str, body: object, gives: type[T], idempotency_key: str | None = None) -> T:
        service = external_service(self._settings, Metrics())
        assert service is not None
        try:
            return await service.call(path, body, gives, idempotency_key)
        finally:
            await service.close()

    async def close(self) -> None:
        """Each call has closed its own."""


def spoilt_app(settings: Settings) -> Starlette:
    app = create_app(settings)
    parts: Services = app.state.services
    app.state.services = replace(parts, ai=MadeAnew(settings))  # type: ignore[arg-type]
    return app


DEFECT = Defect(
    title="The breaker is made anew for each request",
    drill="outage-of-the-ai-service",
    caught_by="observed breaker-state-open",
    spoil=serving(spoilt_app),
)
