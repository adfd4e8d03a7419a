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


class Session(Struct, frozen=True):
    """The answer to both."""

    access_token: str
    token_type: str
    expires_in: int
    user: User


class Identity(Struct, frozen=True):
    """Who makes a request, as the token says."""

    user_id: int
    role: Role
