"""The end of an account: begun by its owner, finished by whichever instance is alive.

The wish is a row, committed before anything is removed. Each step after it may be repeated, so an instance that dies
half way leaves a row that another one takes up:

    requested   sessions ended and revoked, the uploads' files removed, then the rows, which go with their user
    erased      no data is left; cached copies are removed
    finished    the same once more, after those have stored who had asked the database before the rows went

The audit log keeps its entries, which name nobody but by an id that means nothing any more.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import psycopg

from target.auth import sessions
from target.db.pool import Query
from target.observability.logs import log
from target.privacy import audit
from target.privacy.models import Erasure
from target.services import Services

_EVERY_SECONDS = 5.0
# Longer than a query may take together with the storing of its answer.
_SETTLED_SECONDS = 8

# Suspended, so that nobody logs in while it lasts.
_REQUEST = Query(
    "request_erasure",
    "with whose as (update users set suspended_at = coalesce(suspended_at, now()) where id = %s returning id)"
    " insert into erasures (user_id) select id from whose"
    " on conflict (user_id) do update set user_id = excluded.user_id returning id, state, requested_at",
)
# Locked until the rows are gone: of two instances one works and the other takes the next.
_TAKE = Query(
    "take_erasure",
    "select id, user_id from erasures where state = 'requested' order by requested_at limit 1 for update skip locked",
)
_FAMILIES = Query("erase_list_sessions", "select id from sessions where user_id = %s")
_FILES = Query("erase_list_uploads", "select stored_as from uploads where owner_id = %s")
_ERASE = Query("erase_user", "delete from users where id = %s returning id")
_ERASED = Query("erasure_erased", "update erasures set state = 'erased', erased_at = now() where id = %s returning id")
_SETTLED = Query(
    "list_settled_erasures",
    "select id from erasures where state = 'erased' and erased_at < now() - %s * interval '1 second'",
)
_FINISH = Query(
    "finish_erasures",
    "update erasures set state = 'finished', finished_at = now() where id = any (%s) and state = 'erased'",
)


async def request_erasure(here: Services, user_id: int) -> Erasure | None:
    """Write the wish down, from where on it will be fulfilled; None when the account is gone."""
    async with here.database.connection() as conn, conn.transaction():
        rows = await here.database.run(conn, _REQUEST, (user_id,), _erasure)
        if not rows:
            return None
        await audit.record(here.database, actor=user_id, action="erasure.request", subjects=[user_id], conn=conn)
        await sessions.end_all(here.database, conn, user_id)
    return rows[0]


async def erase_requested(here: Services) -> int:
    """Erase what was asked for and is in nobody's hands; says how many accounts."""
    erased = 0
    while await _erase_one(here):
        erased += 1
    if erased:
        await forget_cached(here)
    return erased


async def finish_erased(here: Services) -> None:
    """Close those that have settled, when their cached copies are gone for good."""
    settled = await here.database.fetch_all(_SETTLED, (_SETTLED_SECONDS,), int)
    if settled and await forget_cached(here):
        await here.database.execute(_FINISH, (settled,))


async def work(here: Services) -> None:
    """Go on for ever, for what other instances have left behind."""
    while True:
        await asyncio.sleep(_EVERY_SECONDS)
        try:
            await erase_requested(here)
            await finish_erased(here)
        except (psycopg.Error, OSError) as error:
            log.warning("erasures wait", error=type(error).__name__, reason=str(error).strip())


async def forget_cached(here: Services) -> bool:
    """Remove every cached answer, whoever's data is in it; False when Redis is out of reach."""
    await here.feed.invalidate()
    cursor = b"0"
    while True:
        reply = await here.cache.send("SCAN", cursor, "MATCH", "feed:newest:*", "COUNT", 1000)
        if here.cache.failed(reply):
            return False
        cursor, keys = reply
        if keys and here.cache.failed(await here.cache.send("UNLINK", *keys)):
            return False
        if cursor == b"0":
            return True


async def _erase_one(here: Services) -> bool:
    async with here.database.connection() as conn, conn.transaction():
        taken = await here.database.run(conn, _TAKE, (), _pair)
        if not taken:
            return False
        ((erasure_id, user_id),) = taken
        await sessions.revoke(here, await here.database.run(conn, _FAMILIES, (user_id,), _hex))
        for stored_as in await here.database.run(conn, _FILES, (user_id,), _uuid):
            await here.uploads.remove(stored_as)
        await here.database.run(conn, _ERASE, (user_id,), int)
        await here.database.run(conn, _ERASED, (erasure_id,), int)
        return True


def _erasure(erasure_id: int, state: str, requested_at: datetime) -> Erasure:
    return Erasure(erasure_id, state, requested_at.astimezone(UTC))  # type: ignore[arg-type]  # the column's check


def _pair(erasure_id: int, user_id: int) -> tuple[int, int]:
    return erasure_id, user_id


def _hex(session_id: UUID) -> str:
    return session_id.hex


def _uuid(stored_as: UUID) -> UUID:
    return stored_as
