"""What uploads ask the database."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from target.db.pool import Database, Query
from target.paging import Listing, Page, listing
from target.uploads.models import StoredUpload, Upload

_CREATE = Query(
    "create_upload",
    "insert into uploads (owner_id, stored_as, filename, media_type, size, public)"
    " select id, %s, %s, %s, %s, %s from users where id = %s"
    " returning id, filename, media_type, size, public, created_at",
)
_FIND = Query(
    "find_upload",
    "select id, filename, media_type, size, public, created_at, owner_id, stored_as from uploads"
    " where id = %s and (owner_id = %s or public)",
)
_LIST = Query(
    "list_uploads",
    "select id, filename, media_type, size, public, created_at from uploads"
    " where owner_id = %s and (created_at, id) < (%s, %s) order by created_at desc, id desc limit %s",
)
_DELETE = Query("delete_upload", "delete from uploads where id = %s and owner_id = %s returning stored_as")


async def create_upload(
    database: Database, owner_id: int, stored_as: UUID, filename: str, media_type: str, size: int, public: bool
) -> Upload | None:
    """The new row, committed; None when its owner is gone."""
    return await database.fetch_one(_CREATE, (stored_as, filename, media_type, size, public, owner_id), _upload)


async def find_upload(database: Database, upload_id: int, reader_id: int) -> StoredUpload | None:
    """An upload that this reader may read."""
    return await database.fetch_one(_FIND, (upload_id, reader_id), _stored)


async def list_uploads(database: Database, owner_id: int, page: Page) -> Listing[Upload]:
    """Somebody's own, newest first."""
    rows = await database.fetch_all(_LIST, (owner_id, *page.bounds), _upload)
    return listing(rows, page, lambda upload: (upload.created_at, upload.id))


async def delete_upload(database: Database, upload_id: int, owner_id: int) -> UUID | None:
    """Remove the row; the name of the file that is to follow, None when there is no such upload of this owner."""
    return await database.fetch_one(_DELETE, (upload_id, owner_id), _uuid)


def _upload(upload_id: int, filename: str, media_type: str, size: int, public: bool, created_at: datetime) -> Upload:
    return Upload(upload_id, filename, media_type, size, public, created_at.astimezone(UTC))


def _stored(
    upload_id: int,
    filename: str,
    media_type: str,
    size: int,
    public: bool,
    created_at: datetime,
    owner_id: int,
    stored_as: UUID,
) -> StoredUpload:
    return StoredUpload(_upload(upload_id, filename, media_type, size, public, created_at), owner_id, stored_as)


def _uuid(stored_as: UUID) -> UUID:
    return stored_as
