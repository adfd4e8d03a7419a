"""The application's factory: here the parts are put together, and nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.middleware import Middleware

from target import health, openapi
from target.admin import routes as admin
from target.admission import Admission
from target.ai import routes as ai
from target.auth import routes as auth
from target.auth.passwords import Passwords
from target.auth.tokens import Tokens
from target.cache import Cache
from target.comments import routes as comments
from target.conversations import routes as conversations
from target.db.pool import Database
from target.errors import EXCEPTION_HANDLERS, UnhandledErrors
from target.external import external_service
from target.generations import CachedAnswers
from target.health import Readiness
from target.lifecycle import InstanceHeaders, Lifecycle, LifespanState
from target.limits import BodyLimit, BodyLimits
from target.notifications import routes as notifications
from target.observability.logs import configure_logging
from target.observability.metrics import Metrics
from target.observability.middleware import Telemetry
from target.observability.outlets import Outlets
from target.posts import routes as posts
from target.preferences import routes as preferences
from target.privacy import erasure
from target.privacy import routes as privacy
from target.privacy.sealed import Keyring
from target.ratelimit import RateLimits
from target.revocations import Revocations
from target.search import routes as search
from target.security.cors import Cors
from target.security.headers import SecurityHeaders
from target.security.proxies import Proxies
from target.services import Services
from target.settings import Settings
from target.uploads import routes as uploads
from target.uploads.models import MAX_BYTES
from target.uploads.store import UploadStore
from target.users import routes as users

_FEED_SECONDS = 300
# A file with the form around it, over a slow line.
_UPLOAD = BodyLimit(MAX_BYTES + 64 * 1024, max_seconds=60.0)


def create_app(settings: Settings | None = None) -> Starlette:
    """The service, from its settings (default: the environment's). Connects only in its lifespan."""
    settings = settings or Settings.from_environment()
    configure_logging(settings.log_level, settings.instance_name, secrets=settings.secrets())
    parts = _services(settings)
    app = Starlette(
        routes=[
            *posts.ROUTES,
            *comments.ROUTES,
            *users.ROUTES,
            *conversations.ROUTES,
            *search.ROUTES,
            *notifications.ROUTES,
            *preferences.ROUTES,
            *auth.ROUTES,
            *admin.ROUTES,
            *ai.ROUTES,
            *uploads.ROUTES,
            *privacy.ROUTES,
            *openapi.ROUTES,
            *health.ROUTES,
        ],
        middleware=[
            # From the outside in. What measures comes first, so that it sees what the client sees.
            Middleware(Telemetry, metrics=parts.metrics, tracer=parts.outlets.tracer),
            Middleware(InstanceHeaders, instance=settings.instance_name, lifecycle=parts.lifecycle),
            Middleware(SecurityHeaders),
            Middleware(Cors, origins=settings.cors_origins),
            Middleware(Admission, at_most=settings.max_in_flight),
            Middleware(UnhandledErrors, report=parts.outlets.report),
            Middleware(BodyLimits, by_path={"/uploads": _UPLOAD}),
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
    database = Database(settings.database, metrics, settings.slow_query_ms)
    cache = Cache(settings.redis_url, metrics)
    return Services(
        settings=settings,
        lifecycle=lifecycle,
        metrics=metrics,
        outlets=Outlets(settings, metrics),
        database=database,
        cache=cache,
        readiness=Readiness(database, cache, lifecycle),
        passwords=Passwords(),
        tokens=Tokens(settings.jwt_secret, settings.jwt_expires_in, settings.jwt_secret_previous),
        feed=CachedAnswers(cache, metrics, "feed", _FEED_SECONDS),
        uploads=UploadStore(settings.upload_dir, _keyring(settings)),
        limits=RateLimits(
            cache,
            {"default": settings.rate_limit, "upload": settings.upload_rate_limit},
            settings.rate_limit_exempt_agents,
        ),
        revocations=Revocations(cache),
        proxies=Proxies(settings.trusted_proxies),
        ai=external_service(settings, metrics),
    )


def _keyring(settings: Settings) -> Keyring | None:
    keys = [key for key in (settings.upload_key, settings.upload_key_previous) if key is not None]
    return Keyring(*keys) if settings.upload_key is not None else None


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[LifespanState]:
    parts: Services = app.state.services
    # Neither is waited for: readiness tells when the database is there, and the cache need not be.
    await parts.database.open()
    parts.outlets.open()
    erasing = asyncio.create_task(erasure.work(parts), name="erasures")
    try:
        yield {"lifecycle": parts.lifecycle}
    finally:
        erasing.cancel()
        with suppress(asyncio.CancelledError):
            await erasing
        parts.passwords.close()
        if parts.ai is not None:
            await parts.ai.close()
        await parts.cache.close()
        await parts.database.close()
        await parts.outlets.close()
