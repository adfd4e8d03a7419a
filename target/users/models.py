"""People as clients send and get them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from target.auth.models import Name, Role
from target.bodies import WITHOUT_NUL

Bio = Annotated[str, Meta(max_length=2000, pattern=WITHOUT_NUL)]


class Me(Struct, frozen=True):
    """One's own account. The only answer of this package with an email address in it."""

    id: int
    email: str
    name: str
    role: Role
    bio: str
    created_at: datetime


class Profile(Struct, frozen=True):
    """Somebody, as everybody may see them."""

    id: int
    name: str
    bio: str
    """As typed: text, or a little markup that is not to be trusted."""
    bio_html: str
    """The same, sanitised: the form to show as HTML."""
    created_at: datetime
    followers: int
    following: int
    followed: bool
    """By who asks."""


class ProfileChange(Struct, forbid_unknown_fields=True):
    """The body of PATCH /users/me. What is left out stays as it is."""

    name: Name | UnsetType = UNSET
    bio: Bio | UnsetType = UNSET


class Person(Struct, frozen=True):
    """One row of a list of people. `since` is when they followed, or were followed, or came here."""

    id: int
    name: str
    since: datetime
