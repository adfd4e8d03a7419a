"""Consent: a history of decisions, which nothing overwrites."""

from __future__ import annotations

from datetime import UTC, datetime

from target.db.pool import Database, Query
from target.privacy.models import ConsentRow, Consents, Purpose

_DECIDE = Query(
    "record_consent",
    "insert into consents (user_id, purpose, version, granted) select id, %s, %s, %s from users where id = %s"
    " returning purpose, version, granted, created_at",
)
_WITHDRAW = Query(
    "withdraw_consent",
    "insert into consents (user_id, purpose, version, granted)"
    " select user_id, purpose, version, false from ("
    "select * from consents where user_id = %s and purpose = %s order by id desc limit 1) newest where granted"
    " returning purpose, version, granted, created_at",
)
_HISTORY = Query(
    "list_consents", "select purpose, version, granted, created_at from consents where user_id = %s order by id"
)


async def decide(database: Database, user_id: int, purpose: Purpose, version: str, granted: bool) -> ConsentRow | None:
    """Record a decision; None when the account is gone."""
    return await database.fetch_one(_DECIDE, (purpose, version, granted, user_id), _row)


async def withdraw(database: Database, user_id: int, purpose: str) -> None:
    """Record that what was granted is withdrawn; nothing, where nothing is granted."""
    await database.fetch_one(_WITHDRAW, (user_id, purpose), _row)


async def consents(database: Database, user_id: int) -> Consents:
    """All decisions of a person."""
    history = await database.fetch_all(_HISTORY, (user_id,), _row)
    newest = {row.purpose: row for row in history}
    return Consents(list(newest.values()), history)


def _row(purpose: Purpose, version: str, granted: bool, created_at: datetime) -> ConsentRow:
    return ConsentRow(purpose, version, granted, created_at.astimezone(UTC))
