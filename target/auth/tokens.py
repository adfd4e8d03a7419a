"""Access tokens: signed statements of who the bearer is, which need no look-up to check.

Secrets rotate without logging anybody out: the new one signs, and the previous one still verifies until the
tokens that it signed have expired. `kid` in a token's header says which of the two it was.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from collections import OrderedDict
from datetime import timedelta
from typing import Any, NoReturn, cast, get_args

import jwt

from target.auth.models import Identity, Role
from target.errors import Problem

_ISSUER = "target"
_ALGORITHM = "HS256"
_ROLES = frozenset(get_args(Role))
_LONGEST_ID = 19
_LONGEST_NAME = 64
# Clients send the same token with each request, and what was verified once stays true until it expires. At one
# kilobyte each this is two megabytes, and saves most of what a check costs.
_VERIFIED = 2048


class Tokens:
    """Issues tokens with one secret, and reads those that it or the previous one signed."""

    def __init__(self, secret: str, lifetime: timedelta, previous: str | None = None) -> None:
        self._secret = secret
        self._kid = _key_id(secret)
        self._secrets = {_key_id(each): each for each in (secret, previous) if each is not None}
        self._verified: OrderedDict[str, tuple[Identity, float]] = OrderedDict()
        self.seconds = int(lifetime.total_seconds())

    def issue(self, user_id: int, role: Role, family: str) -> str:
        """A token for this user, in one of their sessions."""
        now = int(time.time())
        claims = {
            "iss": _ISSUER,
            "sub": str(user_id),
            "role": role,
            "iat": now,
            "exp": now + self.seconds,
            "jti": uuid.uuid4().hex,
            "fam": family,
        }
        return jwt.encode(claims, self._secret, _ALGORITHM, headers={"kid": self._kid})

    def read(self, token: str) -> Identity:
        """Who bears it, or 401. Whether it was revoked since is another question: see revocations.py."""
        known = self._verified.get(token)
        if known is not None:
            identity, expires = known
            if expires > time.time():
                return identity
            del self._verified[token]
            _refuse("The access token has expired.")
        identity, expires = self._verify(token)
        self._verified[token] = identity, expires
        if len(self._verified) > _VERIFIED:
            self._verified.popitem(last=False)
        return identity

    def _verify(self, token: str) -> tuple[Identity, float]:
        try:
            kid = jwt.get_unverified_header(token).get("kid", self._kid)
            claims: dict[str, Any] = jwt.decode(
                token,
                self._secrets.get(kid, self._secret),
                # The token's own header chooses among our keys, but not the algorithm: "none" would be a
                # signature by anybody.
                algorithms=[_ALGORITHM],
                issuer=_ISSUER,
                # Instances' clocks differ a little; a token from the near future is not a forgery.
                options={"require": ["exp", "iat", "sub", "jti", "iss"], "verify_iat": False},
            )
        except jwt.ExpiredSignatureError:
            _refuse("The access token has expired.")
        except (jwt.InvalidTokenError, ValueError, TypeError):
            _refuse("The access token is not valid.")
        subject, role = claims["sub"], claims.get("role")
        if not (subject.isascii() and subject.isdigit() and len(subject) <= _LONGEST_ID) or role not in _ROLES:
            _refuse("The access token is not valid.")
        for name in ("jti", "fam"):
            if not isinstance(claims.get(name), str) or not 0 < len(claims[name]) <= _LONGEST_NAME:
                _refuse("The access token is not valid.")
        return Identity(int(subject), cast(Role, role), claims["jti"], claims["fam"]), float(claims["exp"])


def _key_id(secret: str) -> str:
    return hashlib.sha256(b"kid:" + secret.encode()).hexdigest()[:8]


def _refuse(detail: str) -> NoReturn:
    raise Problem(401, detail, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
