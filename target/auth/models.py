"""What clients send to identify themselves, and what they get for it."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from target.bodies import WITHOUT_NUL

Role = Literal["user", "moderator", "admin"]
Email = Annotated[str, Meta(max_length=254, pattern=r"^[^@\s\x00]+@[^@\s\x00]+\.[^@\s\x00]+\Z")]
Name = Annotated[str, Meta(min_length=1, max_length=80, pattern=WITHOUT_NUL)]
# The upper bound keeps hashing cheap to refuse; nobody types more.
NewPassword = Annotated[str, Meta(min_length=10, max_length=128)]


class Registration(Struct, forbid_unknown_fields=True):
    """The body of POST /auth/register."""

    email: Email
    password: NewPassword
    name: Name


class Credentials(Struct, forbid_unknown_fields=True):
    """The body of POST /auth/login. Bounded only by size: rules for new passwords may change."""

    email: Annotated[str, Meta(max_length=254, pattern=WITHOUT_NUL)]
    password: Annotated[str, Meta(max_length=1024)]


class User(Struct, frozen=True):
    """A user as others may see it. It never carries the hash."""

    id: int
    email: str
    name: str
    role: Role


class RefreshToken(Struct, forbid_unknown_fields=True):
    """The body of POST /auth/refresh."""

    refresh_token: Annotated[str, Meta(min_length=1, max_length=200, pattern=WITHOUT_NUL)]


class PasswordChange(Struct, forbid_unknown_fields=True):
    """The body of POST /auth/password."""

    current_password: Annotated[str, Meta(max_length=1024)]
    new_password: NewPassword


class Session(Struct, frozen=True):
    """The answer to registering, logging in and refreshing. `expires_in` is the access token's, in seconds."""

    access_token: str
    refresh_token: str
    token_type: str
    expires_in: int
    user: User


class Ended(Struct, frozen=True):
    """How many sessions ended. No refresh token of theirs works any more.

    Their access tokens are "revoked" on every instance, or that is "pending": the cache that tells the other
    instances is out of reach, and they learn it as soon as it is back.
    """

    sessions: int
    access_tokens: Literal["revoked", "pending"]


class Identity(Struct, frozen=True):
    """Who makes a request, as the token says: the token by its id, and the session that it was issued in."""

    user_id: int
    role: Role
    token_id: str
    family: str
