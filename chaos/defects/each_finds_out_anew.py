"""Nobody remembers that the cache does not answer: each request waits for the time-out once more."""

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.cache import Cache
from target.redis import pipeline
from target.settings import Settings


class Trusting(Cache):
    def _lost(self, error: Exception) -> None:
        """Whatever happened, the next one asks again."""


def spoilt_app(settings: Settings) -> Starlette:
    # This process runs nothing but the spoilt target.
    pipeline._PATIENCE_TICKS = 20  # type: ignore[misc]
    app = create_app(settings)
    app.state.services.cache.__class__ = Trusting
    return app


DEFECT = Defect(
    title="Each request waits for a cache that hangs",
    drill="hang-redis",
    caught_by="slo http.p90 fault",
    spoil=serving(spoilt_app),
)
