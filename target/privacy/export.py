"""A person's data, all of it and of one moment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from target.db.pool import Database
from target.privacy import registry
from target.privacy.models import Export, Format


async def export(database: Database, user_id: int) -> Export | None:
    """Every row about a person; None when there is no such account."""
    found: dict[str, list[Struct]] = {}
    async with database.connection() as conn, conn.transaction():
        # One snapshot for all queries: no comment without the post that was deleted in between.
        await conn.execute("set transaction isolation level repeatable read read only")
        for section in registry.SECTIONS:
            params = (user_id,) * len(section.columns)
            found[section.name] = await database.run(conn, section.query, params, section.into)
    account = found.pop("account")
    if not account:
        return None
    parts: dict[str, Any] = found
    return Export(exported_at=datetime.now(UTC), account=account[0], **parts)  # type: ignore[arg-type]


def describe() -> Format:
    """The format, for whoever wants to read an export in."""
    schema = msgspec.json.schema(Export)
    return Format("target-export", 1, list(registry.LEFT_OUT), schema)
