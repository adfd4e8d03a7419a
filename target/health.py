"""Three questions that machines ask: are you there, do you live, can you serve."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from time import monotonic

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from target.bodies import json_response
from target.cache import Cache
from target.db.pool import Database
from target.errors import Problem
from target.lifecycle import Lifecycle
from target.services import services

# Below the one second after which balancers commonly give up on a probe.
_ANSWER_SECONDS = 0.8
# A database that answers late is still one that answers. All instances have the same one: were they all to call
# themselves unready for it, slow answers would become none at all.
_SLOW_SECONDS = 1.5
# Several balancers, each asking several times a second, cost the database a few queries a second in all.
_REMEMBER_SECONDS = 0.3
_FRESH = {"Cache-Control": "no-store"}


class Readiness:
    """Whether this instance can serve, asked for at most every few hundred milliseconds."""

    def __init__(self, database: Database, cache: Cache, lifecycle: Lifecycle) -> None:
        self._database = database
        self._cache = cache
        self._lifecycle = lifecycle
        self._known_until = 0.0
        self._checks = {"database": False, "cache": False}
        self._asking: asyncio.Task[None] | None = None

    async def checks(self) -> dict[str, bool]:
        """What each dependency said when last asked."""
        if monotonic() >= self._known_until:
            if self._asking is None:
                self._asking = asyncio.create_task(self._ask())
            # Probes that come meanwhile share the answer. Shielded: a probe that gives up leaves it to them.
            await asyncio.shield(self._asking)
        return self._checks

    def can_serve(self, checks: dict[str, bool]) -> bool:
        """Without the database nothing works. Without the cache everything does, more slowly: an instance
        that called itself unready for that would go out of service together with all the others.
        """
        return checks["database"] and not self._lifecycle.draining

    async def _ask(self) -> None:
        try:
            answers, cache = await asyncio.gather(self._database.answers(_ANSWER_SECONDS), self._cache.ping())
            database = answers or self._database.answered_within(_SLOW_SECONDS)
            self._checks = {"database": database, "cache": cache}
            self._known_until = monotonic() + _REMEMBER_SECONDS
        finally:
            self._asking = None


async def health(request: Request) -> Response:
    """Who is here."""
    here = services(request)
    timestamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    body = {
        "status": "ok",
        "uptime": round(here.lifecycle.uptime, 3),
        "timestamp": timestamp,
        "environment": here.settings.environment,
        "version": here.settings.app_version,
    }
    return json_response(body, headers=_FRESH)


async def live(_request: Request) -> Response:
    """200 as long as the event loop turns. It asks nobody: a restart would not bring a database back."""
    return json_response({"status": "ok"}, headers=_FRESH)


async def ready(request: Request) -> Response:
    """200 when requests may come, 503 when they had better go elsewhere."""
    here = services(request)
    # No question while draining: the answer is known, and must not wait.
    checks = {} if here.lifecycle.draining else await here.readiness.checks()
    words = {name: "ok" if passed else "failed" for name, passed in checks.items()}
    if not here.lifecycle.draining and here.readiness.can_serve(checks):
        return json_response({"status": "ready", "checks": words}, headers=_FRESH)
    why = "This instance is shutting down." if here.lifecycle.draining else "The database does not answer."
    raise Problem(503, why, headers={"Retry-After": "1", **_FRESH}, extra={"checks": words})


async def metrics(request: Request) -> Response:
    """For Prometheus: all, or those that `name[]` names."""
    names = request.query_params.getlist("name[]")
    return Response(services(request).metrics.expose(names), media_type=_PROMETHEUS)


_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"

ROUTES = [
    Route("/health", health),
    Route("/health/live", live),
    Route("/health/ready", ready),
    Route("/metrics", metrics),
]
