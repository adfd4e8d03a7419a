"""What authentication asks the database."""

from __future__ import annotations

from msgspec import Struct

from target.auth.models import Role, User
from target.db.pool import Database, Query

_CREATE = Query(
    "create_user",
    "insert into users (email, name, password_hash) values (%s, %s, %s)"
    " on conflict (lower(email)) do nothing returning id, email, name, role",
)
_FIND = Query(
    "find_user_by_email",
    "select id, email, name, role, password_hash from users where lower(email) = lower(%s)",
)


class Account(Struct, frozen=True):
    """A user together with the hash, for the eyes of this package only."""

    user: User
    password_hash: str


async def create_user(database: Database, email: str, name: str, password_hash: str) -> User | None:
    """The new user, or None when the address is taken."""
    return await database.fetch_one(_CREATE, (email, name, password_hash), User)


async def find_account(database: Database, email: str) -> Account | None:
    """The account of an address."""
    return await database.fetch_one(_FIND, (email,), _account)


def _account(user_id: int, email: str, name: str, role: Role, password_hash: str) -> Account:
    return Account(User(user_id, email, name, role), password_hash)
