"""The application's factory: here the parts are put together, and nowhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware

from target import health
from target.auth import routes as auth
from target.auth.passwords import Passwords
from target.auth.tokens import Tokens
from target.cache import Cache
from target.db.pool import Database
from target.errors import EXCEPTION_HANDLERS, UnhandledErrors
from target.generations import CachedAnswers
from target.health import Readiness
from target.lifecycle import InstanceHeaders, Lifecycle, LifespanState
from target.limits import BodyLimits
from target.observability.logs import configure_logging
from target.observability.metrics import Metrics
from target.observability.middleware import Telemetry
from target.posts import routes as posts
from target.services import Services
from target.settings import Settings

_FEED_SECONDS = 300


def create_app(settings: Settings | None = None) -> Starlette:
    """The service, from its settings (default: the environment's). Connects only in its lifespan."""
    settings = settings or Settings.from_environment()
    configure_logging(settings.log_level, settings.instance_name)
    parts = _services(settings)
    app = Starlette(
        routes=[*posts.ROUTES, *auth.ROUTES, *health.ROUTES],
        middleware=[
            # From the outside in. What measures comes first, so that it sees what the client sees.
            Middleware(Telemetry, metrics=parts.metrics),
            Middleware(InstanceHeaders, instance=settings.instance_name, lifecycle=parts.lifecycle),
            Middleware(UnhandledErrors),
            Middleware(BodyLimits),
        ],
        exception_handlers=EXCEPTION_HANDLERS,
        lifespan=_lifespan,
    )
    # /feed/ is another path than /feed, and not a redirect.
    app.router.redirect_slashes = False
    app.state.services = parts
    return app


def _services(settings: Settings) -> Services:
    lifecycle = Lifecycle()
    metrics = Metrics()
    database = Database(settings.database, metrics)
    cache = Cache(settings.redis_url, metrics)
    return Services(
        settings=settings,
        lifecycle=lifecycle,
        metrics=metrics,
        database=database,
        cache=cache,
        readiness=Readiness(database, cache, lifecycle),
        passwords=Passwords(),
        tokens=Tokens(settings.jwt_secret, settings.jwt_expires_in),
        feed=CachedAnswers(cache, metrics, "feed", _FEED_SECONDS),
    )


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[LifespanState]:
    parts: Services = app.state.services
    # Neither is waited for: readiness tells when the database is there, and the cache need not be.
    await parts.database.open()
    try:
        yield {"lifecycle": parts.lifecycle}
    finally:
        parts.passwords.close()
        await parts.cache.close()
        await parts.database.close()
