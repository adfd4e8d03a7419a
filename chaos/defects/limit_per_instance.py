"""Each instance counts for itself: three instances let three times the limit through."""

from dataclasses import replace

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.cache import Cache
from target.ratelimit import Count, Limit, RateLimits
from target.settings import Settings


class PerInstance(RateLimits):
    def __init__(self, cache: Cache, settings: Settings) -> None:
        rates = {"default": settings.rate_limit, "upload": settings.upload_rate_limit}
        super().__init__(cache, rates, settings.rate_limit_exempt_agents)  # type: ignore[arg-type]
        self.instance = settings.instance_name

    def count(self, limit: Limit, address: str) -> Count:
        return super().count(limit, f"{address} at {self.instance}")


def spoilt_app(settings: Settings) -> Starlette:
    app = create_app(settings)
    parts = app.state.services
    app.state.services = replace(parts, limits=PerInstance(parts.cache, settings))
    return app


DEFECT = Defect(
    title="Requests are counted per instance only",
    drill="rate-limits",
    caught_by="observed passed-in-a-minute",
    spoil=serving(spoilt_app),
)
