"""What staff send and get."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from target.auth.models import Role
from target.bodies import WITHOUT_NUL
from target.paging import Page


class UserSearch(Page, frozen=True):
    """The query of GET /admin/users: those whose address holds this text, in any case."""

    email: Annotated[str, Meta(min_length=1, max_length=254, pattern=WITHOUT_NUL)] | None = None


class RoleChange(Struct, forbid_unknown_fields=True):
    """The body of PATCH /admin/users/{id}."""

    role: Role


class ManagedUser(Struct, frozen=True):
    """A user as staff see them."""

    id: int
    email: str
    name: str
    role: Role
    created_at: datetime
    suspended_at: datetime | None
