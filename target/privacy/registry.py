"""Where this service keeps what about people. What is not named here does not pass the tests.

A column that holds a user's id belongs to a section of the export, or to what is left out of it with a reason. A
test compares both with the database's own catalogue.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from msgspec import Struct

from target.db.pool import Query
from target.privacy import models as m


class Section(NamedTuple):
    """One part of the export: the rows of `table` in which one of `columns` is the person.

    `query` takes the person's id once for each of the columns, and gives the fields of `row` in their order.
    """

    name: str
    table: str
    columns: tuple[str, ...]
    row: type[Struct]
    query: Query

    @property
    def into(self) -> Callable[..., Any]:
        """Makes a row, with its times in UTC."""
        row = self.row
        return lambda *values: row(*map(_in_utc, values))


SECTIONS: tuple[Section, ...] = (
    Section(
        "account",
        "users",
        ("id",),
        m.AccountRow,
        Query("export_account", "select id, email, name, bio, role, created_at, suspended_at from users where id = %s"),
    ),
    Section(
        "sessions",
        "sessions",
        ("user_id",),
        m.SessionRow,
        Query(
            "export_sessions",
            "select id, created_at, expires_at, ended_at from sessions where user_id = %s order by created_at, id",
        ),
    ),
    Section(
        "posts",
        "posts",
        ("author_id",),
        m.PostRow,
        Query("export_posts", "select id, body, created_at, edited_at from posts where author_id = %s order by id"),
    ),
    Section(
        "comments",
        "comments",
        ("author_id",),
        m.CommentRow,
        Query("export_comments", "select id, post_id, body, created_at from comments where author_id = %s order by id"),
    ),
    Section(
        "likes",
        "likes",
        ("user_id",),
        m.LikeRow,
        Query("export_likes", "select post_id, created_at from likes where user_id = %s order by created_at, post_id"),
    ),
    Section(
        "following",
        "follows",
        ("follower_id",),
        m.FollowRow,
        Query(
            "export_following",
            "select followee_id, created_at from follows where follower_id = %s order by created_at, followee_id",
        ),
    ),
    Section(
        "followers",
        "follows",
        ("followee_id",),
        m.FollowRow,
        Query(
            "export_followers",
            "select follower_id, created_at from follows where followee_id = %s order by created_at, follower_id",
        ),
    ),
    Section(
        "conversations",
        "conversation_participants",
        ("user_id",),
        m.ConversationRow,
        Query(
            "export_conversations",
            "select conversation_id, joined_at from conversation_participants where user_id = %s"
            " order by joined_at, conversation_id",
        ),
    ),
    Section(
        "messages",
        "messages",
        ("sender_id",),
        m.MessageRow,
        Query(
            "export_messages",
            "select id, conversation_id, body, created_at from messages where sender_id = %s order by id",
        ),
    ),
    Section(
        "notifications",
        "notifications",
        ("user_id",),
        m.NotificationRow,
        Query(
            "export_notifications",
            "select id, kind, actor_id, post_id, comment_id, conversation_id, created_at, read_at"
            " from notifications where user_id = %s order by id",
        ),
    ),
    Section(
        "preferences",
        "preferences",
        ("user_id",),
        m.PreferencesRow,
        Query(
            "export_preferences",
            "select locale, theme, email_notifications, notify_about from preferences where user_id = %s",
        ),
    ),
    Section(
        "uploads",
        "uploads",
        ("owner_id",),
        m.UploadRow,
        Query(
            "export_uploads",
            "select id, filename, media_type, size, public, created_at, '/uploads/' || id"
            " from uploads where owner_id = %s order by id",
        ),
    ),
    Section(
        "consents",
        "consents",
        ("user_id",),
        m.ConsentRow,
        Query(
            "export_consents",
            "select purpose, version, granted, created_at from consents where user_id = %s order by id",
        ),
    ),
    Section(
        "audit",
        "audit_log",
        ("subject_id", "actor_id"),
        m.AuditRow,
        Query(
            "export_audit",
            "select action, detail, by_yourself, created_at from ("
            "select id, action, detail, actor_id is not distinct from subject_id as by_yourself, created_at"
            " from audit_log where subject_id = %s"
            " union all select id, action, detail, true, created_at"
            " from audit_log where actor_id = %s and subject_id is distinct from actor_id) entries order by id",
        ),
    ),
)

LEFT_OUT = (
    m.LeftOut(
        "notifications",
        "actor_id",
        "Others' notifications of what this person did follow from the likes, comments, follows and messages here.",
    ),
    m.LeftOut("erasures", "user_id", "There is a row only once the account is being erased, which ends its sessions."),
)


def _in_utc(value: object) -> object:
    return value.astimezone(UTC) if isinstance(value, datetime) else value
