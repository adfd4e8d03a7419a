"""What requests share: made once by the factory, found by the routes through the request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request

if TYPE_CHECKING:
    from target.auth.passwords import Passwords
    from target.auth.tokens import Tokens
    from target.cache import Cache
    from target.db.pool import Database
    from target.external.service import ExternalService
    from target.generations import CachedAnswers
    from target.health import Readiness
    from target.lifecycle import Lifecycle
    from target.observability.metrics import Metrics
    from target.observability.outlets import Outlets
    from target.ratelimit import RateLimits
    from target.revocations import Revocations
    from target.security.proxies import Proxies
    from target.settings import Settings
    from target.uploads.store import UploadStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The parts of one application."""

    settings: Settings
    lifecycle: Lifecycle
    metrics: Metrics
    outlets: Outlets
    database: Database
    cache: Cache
    readiness: Readiness
    passwords: Passwords
    tokens: Tokens
    feed: CachedAnswers
    uploads: UploadStore
    limits: RateLimits
    revocations: Revocations
    proxies: Proxies
    ai: ExternalService | None


def services(request: Request) -> Services:
    """The parts of the application that got this request."""
    found: Services = request.scope["app"].state.services
    return found
