"""Readiness asks for the cache too: who loses it is taken out of service, and if all lose it, all are."""

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.health import Readiness
from target.settings import Settings

can_serve = Readiness.can_serve


def with_the_cache(readiness: Readiness, checks: dict[str, bool]) -> bool:
    return can_serve(readiness, checks) and checks["cache"]


def spoilt_app(settings: Settings) -> Starlette:
    # This process runs nothing but the spoilt target.
    Readiness.can_serve = with_the_cache  # type: ignore[method-assign, assignment]
    return create_app(settings)


DEFECT = Defect(
    title="An instance without its cache calls itself unready",
    drill="partition-cache",
    caught_by="kept-serving",
    spoil=serving(spoilt_app),
)
