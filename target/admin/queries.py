"""What staff ask the database. What changes somebody ends their sessions, and is recorded, in one transaction."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec import Struct
from psycopg import AsyncConnection

from target.admin.models import ManagedUser, UserSearch
from target.auth import sessions
from target.auth.models import Identity, Role
from target.db.pool import Database, Query
from target.paging import Listing, listing
from target.privacy import audit

_COLUMNS = "id, email, name, role, created_at, suspended_at"
_LIST = Query(
    "list_users",
    f"select {_COLUMNS} from users where (created_at, id) < (%s, %s) order by created_at desc, id desc limit %s",
)
# Not LIKE, in which what is typed would be a pattern.
_SEARCH = Query(
    "search_users",
    f"select {_COLUMNS} from users where strpos(lower(email), lower(%s)) > 0 and (created_at, id) < (%s, %s)"
    " order by created_at desc, id desc limit %s",
)
_FIND = Query("find_managed_user", f"select {_COLUMNS} from users where id = %s")
# In one order, or two who do it to each other would wait for each other.
_LOCK = Query("lock_users", f"select {_COLUMNS} from users where id = any(%s) order by id for update")
_SET_ROLE = Query("set_role", f"update users set role = %s where id = %s returning {_COLUMNS}")
_SUSPEND = Query(
    "suspend_user", f"update users set suspended_at = coalesce(suspended_at, now()) where id = %s returning {_COLUMNS}"
)
_RESTORE = Query("restore_user", f"update users set suspended_at = null where id = %s returning {_COLUMNS}")
_DELETE_POST = Query("moderate_post", "delete from posts where id = %s returning author_id")


class Changed(Struct, frozen=True):
    """A user after a change, and the sessions that it ended."""

    user: ManagedUser
    ended: list[str]


async def list_users(database: Database, search: UserSearch) -> Listing[ManagedUser]:
    """The newest first."""
    if search.email is None:
        rows = await database.fetch_all(_LIST, search.bounds, _user)
    else:
        rows = await database.fetch_all(_SEARCH, (search.email, *search.bounds), _user)
    return listing(rows, search, _place)


async def find_user(database: Database, user_id: int) -> ManagedUser | None:
    """One user."""
    return await database.fetch_one(_FIND, (user_id,), _user)


async def lock_users(database: Database, conn: AsyncConnection, *user_ids: int) -> list[ManagedUser | None]:
    """Users as they are, and stay until the transaction ends; None for who is not there."""
    rows = await database.run(conn, _LOCK, (list(user_ids),), _user)
    found = {user.id: user for user in rows}
    return [found.get(user_id) for user_id in user_ids]


async def set_role(
    database: Database, conn: AsyncConnection, actor: Identity, before: ManagedUser, role: Role
) -> Changed:
    """Another role. It counts from the next login on, for a token says its bearer's role: so all sessions end."""
    rows = await database.run(conn, _SET_ROLE, (role, before.id), _user)
    ended = await sessions.end_all(database, conn, before.id)
    detail = f"{before.role} to {role}"
    await audit.record(
        database, actor=actor.user_id, action="user.role", subjects=[before.id], detail=detail, conn=conn
    )
    return Changed(rows[0], ended)


async def suspend(database: Database, conn: AsyncConnection, actor: Identity, user_id: int) -> Changed:
    """Let nobody in under this account."""
    rows = await database.run(conn, _SUSPEND, (user_id,), _user)
    ended = await sessions.end_all(database, conn, user_id)
    await audit.record(database, actor=actor.user_id, action="user.suspend", subjects=[user_id], conn=conn)
    return Changed(rows[0], ended)


async def restore(database: Database, conn: AsyncConnection, actor: Identity, user_id: int) -> ManagedUser:
    """Let them in again."""
    rows = await database.run(conn, _RESTORE, (user_id,), _user)
    await audit.record(database, actor=actor.user_id, action="user.restore", subjects=[user_id], conn=conn)
    return rows[0]


async def delete_post(database: Database, actor: Identity, post_id: int) -> bool:
    """Take anybody's post away; False when there is none."""
    async with database.connection() as conn, conn.transaction():
        authors = await database.run(conn, _DELETE_POST, (post_id,), int)
        if authors:
            await audit.record(
                database,
                actor=actor.user_id,
                action="post.delete",
                subjects=authors,
                detail=f"post {post_id}",
                conn=conn,
            )
    return bool(authors)


def _user(
    user_id: int, email: str, name: str, role: Role, created_at: datetime, suspended_at: datetime | None
) -> ManagedUser:
    until = None if suspended_at is None else suspended_at.astimezone(UTC)
    return ManagedUser(user_id, email, name, role, created_at.astimezone(UTC), until)


def _place(row: ManagedUser) -> tuple[datetime, int]:
    return row.created_at, row.id
