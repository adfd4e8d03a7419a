"""Who may come in: what stands between a request and its handler.

It begins by asking Redis all that it will need, and lets go of nothing before all of it is decided. What the
handler wants from Redis can be asked in between, and then travels with it: a request waits for Redis once.
"""

from __future__ import annotations

from asyncio import Future

from starlette.requests import Request

from target.auth.models import Identity, Role
from target.cache import RedisSpan
from target.errors import Problem
from target.ratelimit import Count, Limit, Quota
from target.redis.pipeline import Reply
from target.services import Services, services

__all__ = ["Admission", "Limit", "caller"]

_ADMISSION = RedisSpan("admission")
_AUTHORIZATION = b"authorization"
_USER_AGENT = b"user-agent"


class Admission:
    """One request at the door. To make one sends its questions; `decide` waits for the answers."""

    __slots__ = ("_count", "_here", "_identity", "_refusal", "_request", "_revoked", "_roles")

    def __init__(self, request: Request, roles: frozenset[Role], limit: Limit | None) -> None:
        here = services(request)
        self._request = request
        self._here = here
        self._roles = roles
        self._identity: Identity | None = None
        self._refusal: Problem | None = None
        self._revoked: Future[Reply] | None = None
        self._count = _count(request, here, limit)
        if roles:
            try:
                self._identity = _identity(request, here)
            except Problem as refusal:
                # Told only after the count: who guesses tokens must not have as many tries as they like.
                self._refusal = refusal
            else:
                self._revoked = here.revocations.look_up(self._identity.token_id, self._identity.family)

    async def decide(self) -> Quota | None:
        """Let the request pass to its handler, or raise 429, 401 or 403. With no roles, everybody passes.

        Returns what the client has left of its limit.
        """
        span = _ADMISSION.begin()
        try:
            quota = None if self._count is None else await self._count.quota()
            revoked = None if self._revoked is None else await self._revoked
        finally:
            span.end()
        if self._refusal is not None:
            raise self._refusal
        identity = self._identity
        if identity is not None:
            if self._here.revocations.holds(revoked, identity.token_id, identity.family):
                raise _unauthorized("The access token was revoked.", ' error="invalid_token"')
            if identity.role not in self._roles:
                raise Problem(403, "Your role does not allow this.")
            self._request.scope["identity"] = identity
        return quota


def caller(request: Request) -> Identity:
    """Who makes this request. Only for handlers of endpoints that not everybody may call."""
    identity: Identity = request.scope["identity"]
    return identity


def _count(request: Request, here: Services, limit: Limit | None) -> Count | None:
    if limit is None or here.limits.exempts(_header(request, _USER_AGENT)):
        return None
    return here.limits.count(limit, here.proxies.client_address(request.scope))


def _identity(request: Request, here: Services) -> Identity:
    scheme, _, token = (_header(request, _AUTHORIZATION) or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise _unauthorized("An access token is needed.")
    return here.tokens.read(token.strip())


def _unauthorized(detail: str, challenge: str = "") -> Problem:
    return Problem(401, detail, headers={"WWW-Authenticate": f"Bearer{challenge}"})


def _header(request: Request, wanted: bytes) -> str | None:
    # Without the Headers object, which costs more than all there is to find out here.
    for name, value in request.scope["headers"]:
        if name == wanted:
            return value.decode("latin-1")  # type: ignore[no-any-return]
    return None
