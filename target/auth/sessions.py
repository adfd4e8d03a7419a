"""Sessions: one for each login, kept alive by refresh tokens that work once.

A refresh token is 256 random bits, of which the database has only the hash. Using it gives the next one. When a
used one comes back, either its owner or a thief has the next; which of them asks cannot be told, so the whole
family ends and the owner logs in again.

Ending a session is one fact in SQL, which every later refresh sees, and one revocation in Redis, which stops the
access tokens that are out already.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Literal

from msgspec import Struct
from psycopg import AsyncConnection

from target.auth.models import Ended, Role, User
from target.db.pool import Database, Query
from target.services import Services

# The user's row is locked: who suspends somebody, or changes role or password, ends the sessions that there are. One
# that begins meanwhile is there already, or waits and then finds the account as it has become.
_BEGIN = Query(
    "begin_session",
    "with whose as (select id, email, name, role from users"
    " where id = %s and password_hash = %s and suspended_at is null for share),"
    " gone as (delete from sessions using whose where user_id = whose.id and expires_at < now()),"
    " new as (insert into sessions (id, user_id, expires_at) select %s, id, %s from whose returning id),"
    " first as (insert into refresh_tokens (token_hash, session_id) select %s, id from new)"
    " select id, email, name, role from whose",
)
# Both rows are locked: of two who use one token at once, on whichever instances, the second sees what the first did.
_FIND = Query(
    "find_refresh_token",
    "select s.id, t.used_at is not null, s.ended_at is null and s.expires_at > now() and u.suspended_at is null,"
    " u.id, u.email, u.name, u.role"
    " from refresh_tokens t join sessions s on s.id = t.session_id join users u on u.id = s.user_id"
    " where t.token_hash = %s for update of s, t",
)
_ROTATE = Query(
    "rotate_refresh_token",
    "with used as (update refresh_tokens set used_at = now() where token_hash = %s returning session_id),"
    " longer as (update sessions set expires_at = %s from used where id = used.session_id)"
    " insert into refresh_tokens (token_hash, session_id) select %s, session_id from used returning session_id",
)
_END = Query("end_session", "update sessions set ended_at = now() where id = %s and ended_at is null returning id")
_END_ALL = Query(
    "end_sessions",
    "update sessions set ended_at = now()"
    " where user_id = %s and ended_at is null and id is distinct from %s::uuid returning id",
)


class Begun(Struct, frozen=True):
    """Somebody's session, with the one refresh token that works now."""

    user: User
    family: str
    refresh_token: str


class Reused(Struct, frozen=True):
    """A refresh token came back after it was used; its family has ended now."""

    family: str


class _Found(Struct, frozen=True):
    family: str
    used: bool
    alive: bool
    user: User


async def begin(
    database: Database, conn: AsyncConnection, user_id: int, password_hash: str, lifetime: timedelta
) -> Begun | None:
    """A new session; None when the account is gone or suspended, or its password is another by now."""
    family, refresh_token = uuid.uuid4(), _new_token()
    params = (user_id, password_hash, family, datetime.now(UTC) + lifetime, _hash(refresh_token))
    rows = await database.run(conn, _BEGIN, params, User)
    return Begun(rows[0], family.hex, refresh_token) if rows else None


async def refresh(database: Database, refresh_token: str, lifetime: timedelta) -> Begun | Reused | None:
    """Use a refresh token; None when it is none, or its session is over."""
    old = _hash(refresh_token)
    async with database.connection() as conn, conn.transaction():
        rows = await database.run(conn, _FIND, (old,), _found)
        if not rows or not rows[0].alive:
            return None
        found = rows[0]
        if found.used:
            await database.run(conn, _END, (found.family,), _family)
            return Reused(found.family)
        new = _new_token()
        await database.run(conn, _ROTATE, (old, datetime.now(UTC) + lifetime, _hash(new)), _family)
        return Begun(found.user, found.family, new)


async def end(database: Database, family: str) -> list[str]:
    """End one session; says which ones this ended."""
    async with database.connection() as conn:
        return await database.run(conn, _END, (family,), _family)


async def end_all(database: Database, conn: AsyncConnection, user_id: int, but: str | None = None) -> list[str]:
    """End all sessions of a user, but for one. `revoke` these families when the transaction is committed."""
    return await database.run(conn, _END_ALL, (user_id, but), _family)


async def revoke(here: Services, families: Iterable[str], tokens: Iterable[str] = ()) -> Ended:
    """Let no instance accept the access tokens of these families, or these tokens, any longer.

    When Redis is out of reach the other instances honour them until it is back: a lost cache would else be an
    outage for everybody. That is chosen on purpose, and what happened is told.
    """
    families = list(families)
    for name in (*families, *tokens):
        await here.revocations.revoke(name, here.tokens.seconds)
    told: Literal["revoked", "pending"] = "revoked" if here.cache.trusted else "pending"
    return Ended(len(families), told)


def _new_token() -> str:
    return secrets.token_urlsafe(32)


def _hash(refresh_token: str) -> bytes:
    # No salt and no stretching: unlike a password, 256 random bits cannot be guessed.
    return hashlib.sha256(refresh_token.encode()).digest()


def _family(session_id: uuid.UUID) -> str:
    return session_id.hex


def _found(session_id: uuid.UUID, used: bool, alive: bool, user_id: int, email: str, name: str, role: Role) -> _Found:
    return _Found(session_id.hex, used, alive, User(user_id, email, name, role))
