"""Access tokens: signed statements of who the bearer is, which need no look-up to check."""

from __future__ import annotations

import time
import uuid
from datetime import timedelta
from typing import Any, NoReturn, cast, get_args

import jwt

from target.auth.models import Identity, Role
from target.errors import Problem

_ISSUER = "target"
_ALGORITHM = "HS256"
_ROLES = frozenset(get_args(Role))
_LONGEST_ID = 19


class Tokens:
    """Issues and reads tokens with one secret."""

    def __init__(self, secret: str, lifetime: timedelta) -> None:
        self._secret = secret
        self.seconds = int(lifetime.total_seconds())

    def issue(self, user_id: int, role: Role) -> str:
        """A token for this user."""
        now = int(time.time())
        claims = {
            "iss": _ISSUER,
            "sub": str(user_id),
            "role": role,
            "iat": now,
            "exp": now + self.seconds,
            "jti": uuid.uuid4().hex,
        }
        return jwt.encode(claims, self._secret, _ALGORITHM)

    def read(self, token: str) -> Identity:
        """Who bears it, or 401."""
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._secret,
                # The token's own header must have no say in this: "none" would be a signature by anybody.
                algorithms=[_ALGORITHM],
                issuer=_ISSUER,
                # Instances' clocks differ a little; a token from the near future is not a forgery.
                options={"require": ["exp", "iat", "sub", "jti", "iss"], "verify_iat": False},
            )
        except jwt.ExpiredSignatureError:
            _refuse("The access token has expired.")
        except (jwt.InvalidTokenError, ValueError):
            _refuse("The access token is not valid.")
        subject, role = claims["sub"], claims.get("role")
        if not (subject.isascii() and subject.isdigit() and len(subject) <= _LONGEST_ID) or role not in _ROLES:
            _refuse("The access token is not valid.")
        return Identity(int(subject), cast(Role, role))


def _refuse(detail: str) -> NoReturn:
    raise Problem(401, detail, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
