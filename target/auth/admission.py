"""Who may come in: what stands between a request and its handler."""

from __future__ import annotations

from typing import Literal

from starlette.requests import Request

from target.auth.models import Identity, Role
from target.errors import Problem
from target.services import services

Limit = Literal["default", "upload"]
"""The rate limits that there are, by name."""


async def admit(request: Request, roles: frozenset[Role], limit: Limit | None) -> None:
    """Let the request pass to its handler, or raise 401, 403 or 429. With no roles, everybody passes."""
    if not roles:
        return
    identity = _identity(request)
    if identity.role not in roles:
        raise Problem(403, "Your role does not allow this.")
    request.scope["identity"] = identity


def caller(request: Request) -> Identity:
    """Who makes this request. Only for handlers of endpoints that not everybody may call."""
    identity: Identity = request.scope["identity"]
    return identity


def _identity(request: Request) -> Identity:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Problem(401, "An access token is needed.", headers={"WWW-Authenticate": "Bearer"})
    return services(request).tokens.read(token.strip())
