"""What notifications ask the database. They are made by the statements that make what they tell of."""

from __future__ import annotations

from datetime import UTC, datetime

from target.db.pool import Database, Query
from target.notifications.models import Kind, Notification
from target.paging import Listing, Page, listing
from target.posts.models import Author

_LIST = Query(
    "list_notifications",
    "select n.id, n.kind, n.actor_id, u.name, n.post_id, n.comment_id, n.conversation_id, n.created_at,"
    " n.read_at is not null from notifications n join users u on u.id = n.actor_id"
    " where n.user_id = %s and (n.created_at, n.id) < (%s, %s)"
    " order by n.created_at desc, n.id desc limit %s",
)
_UNREAD = Query("count_unread", "select count(*) from notifications where user_id = %s and read_at is null")
# Once read is read: the first time counts.
_READ = Query(
    "read_notification",
    "update notifications set read_at = coalesce(read_at, now()) where id = %s and user_id = %s",
)
_READ_ALL = Query(
    "read_notifications", "update notifications set read_at = now() where user_id = %s and read_at is null"
)


async def list_notifications(database: Database, user_id: int, page: Page) -> Listing[Notification]:
    """This user's notifications."""
    rows = await database.fetch_all(_LIST, (user_id, *page.bounds), _notification)
    return listing(rows, page, lambda notification: (notification.created_at, notification.id))


async def count_unread(database: Database, user_id: int) -> int:
    """How many this user has not read."""
    return await database.fetch_one(_UNREAD, (user_id,), int) or 0


async def mark_read(database: Database, notification_id: int, user_id: int) -> bool:
    """Whether this user had such a notification."""
    return await database.execute(_READ, (notification_id, user_id)) == 1


async def mark_all_read(database: Database, user_id: int) -> None:
    """All that there are at this moment."""
    await database.execute(_READ_ALL, (user_id,))


def _notification(
    notification_id: int,
    kind: Kind,
    actor_id: int,
    name: str,
    post_id: int | None,
    comment_id: int | None,
    conversation_id: int | None,
    created_at: datetime,
    read: bool,
) -> Notification:
    actor = Author(actor_id, name)
    return Notification(
        notification_id, kind, actor, post_id, comment_id, conversation_id, created_at.astimezone(UTC), read
    )
