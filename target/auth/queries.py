"""What authentication asks the database."""

from __future__ import annotations

from msgspec import Struct
from psycopg import AsyncConnection

from target.auth.models import Role, User
from target.db.pool import Database, Query

_CREATE = Query(
    "create_user",
    "insert into users (email, name, password_hash) values (%s, %s, %s)"
    " on conflict (lower(email)) do nothing returning id, email, name, role",
)
_FIND = Query(
    "find_user_by_email",
    "select id, email, name, role, password_hash, suspended_at is not null from users where lower(email) = lower(%s)",
)
_PASSWORD = Query("find_password_hash", "select password_hash from users where id = %s")
# Only if it is still the one that was checked.
_CHANGE_PASSWORD = Query(
    "change_password", "update users set password_hash = %s where id = %s and password_hash = %s returning id"
)


class Account(Struct, frozen=True):
    """A user together with the hash, for the eyes of this package only."""

    user: User
    password_hash: str
    suspended: bool


async def create_user(
    database: Database, conn: AsyncConnection, email: str, name: str, password_hash: str
) -> User | None:
    """The new user, or None when the address is taken."""
    rows = await database.run(conn, _CREATE, (email, name, password_hash), User)
    return rows[0] if rows else None


async def find_account(database: Database, email: str) -> Account | None:
    """The account of an address."""
    return await database.fetch_one(_FIND, (email,), _account)


async def find_password_hash(database: Database, user_id: int) -> str | None:
    """The hash of somebody's password."""
    return await database.fetch_one(_PASSWORD, (user_id,), str)


async def change_password(database: Database, conn: AsyncConnection, user_id: int, new: str, old: str) -> bool:
    """Put one hash in the place of the other; False when somebody else was quicker."""
    return bool(await database.run(conn, _CHANGE_PASSWORD, (new, user_id, old), int))


def _account(user_id: int, email: str, name: str, role: Role, password_hash: str, suspended: bool) -> Account:
    return Account(User(user_id, email, name, role), password_hash, suspended)
