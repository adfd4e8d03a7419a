"""The target's feed with one layer more each time, put together from the target's own parts.

Each function here is a FACTORY for `python -m target`, so all of them are served in the same way.
"""

from dataclasses import replace

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from target.app import create_app
from target.observability.middleware import Telemetry
from target.paging import Page
from target.posts.routes import feed, look_up_feed
from target.routing import ANYBODY, Endpoint
from target.settings import Settings


def bare(_settings: Settings) -> ASGIApp:
    """What Starlette can do at best."""

    async def answer(_request: Request) -> JSONResponse:
        return JSONResponse({"items": [], "next_cursor": None})

    return Starlette(routes=[Route("/feed", answer)])


def cached(settings: Settings) -> ASGIApp:
    """The feed from the cache, for everybody, as often as they like."""
    route = Endpoint("GET", "/feed", feed, roles=ANYBODY, limit=None, query=Page, ahead=look_up_feed)
    return _only(route, settings)


def token(settings: Settings) -> ASGIApp:
    """For those with a token that was not revoked."""
    return _only(Endpoint("GET", "/feed", feed, limit=None, query=Page, ahead=look_up_feed), settings)


def limit(settings: Settings) -> ASGIApp:
    """Counted."""
    return _only(Endpoint("GET", "/feed", feed, query=Page, ahead=look_up_feed), settings)


def layers(settings: Settings) -> ASGIApp:
    """Among all other routes, behind all middleware except what measures."""
    app = create_app(_quiet(settings))
    app.user_middleware = [layer for layer in app.user_middleware if _name(layer) != Telemetry.__name__]
    return app


def measured(settings: Settings) -> ASGIApp:
    """With metrics and a log line."""
    return create_app(_quiet(settings))


def spans(settings: Settings) -> ASGIApp:
    """With a span for each request, exported."""
    return create_app(replace(settings, sentry_dsn=None))


def everything(settings: Settings) -> ASGIApp:
    """As it is served."""
    return create_app(settings)


def _name(layer: Middleware) -> str:
    return str(getattr(layer.cls, "__name__", ""))


def _only(route: BaseRoute, settings: Settings) -> ASGIApp:
    app = create_app(_quiet(settings))
    app.router.routes[:] = [route]
    app.user_middleware = []
    return app


def _quiet(settings: Settings) -> Settings:
    return replace(settings, sentry_dsn=None, otlp_endpoint=None)
