"""What people are told about their data, and what they decide about it.

The rows of an export are public format: fields may be added in later versions, and are never renamed or removed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from target.auth.models import Role

Purpose = Literal["terms", "privacy", "cookies", "analytics", "newsletter"]
Text = Annotated[str, Meta(min_length=1, max_length=1024)]


class AccountRow(Struct, frozen=True):
    """The account itself. The password's hash stays here: it is of no use to anybody but an attacker."""

    id: int
    email: str
    name: str
    bio: str
    role: Role
    created_at: datetime
    suspended_at: datetime | None


class SessionRow(Struct, frozen=True):
    """One login."""

    id: UUID
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None


class PostRow(Struct, frozen=True):
    """One post."""

    id: int
    body: str
    created_at: datetime
    edited_at: datetime | None


class CommentRow(Struct, frozen=True):
    """One comment, on a post of anybody."""

    id: int
    post_id: int
    body: str
    created_at: datetime


class LikeRow(Struct, frozen=True):
    """One post that was liked."""

    post_id: int
    created_at: datetime


class FollowRow(Struct, frozen=True):
    """One person who is followed, or who follows: by id, for the rest is that person's own."""

    user_id: int
    created_at: datetime


class ConversationRow(Struct, frozen=True):
    """One conversation that was joined."""

    conversation_id: int
    joined_at: datetime


class MessageRow(Struct, frozen=True):
    """One message that was sent."""

    id: int
    conversation_id: int
    body: str
    created_at: datetime


class NotificationRow(Struct, frozen=True):
    """One notification that was received."""

    id: int
    kind: str
    actor_id: int
    post_id: int | None
    comment_id: int | None
    conversation_id: int | None
    created_at: datetime
    read_at: datetime | None


class PreferencesRow(Struct, frozen=True):
    """The preferences, where something was changed."""

    locale: str
    theme: str
    email_notifications: bool
    notify_about: list[str]


class UploadRow(Struct, frozen=True):
    """One uploaded file; GET `href` gives its content."""

    id: int
    filename: str
    media_type: str
    size: int
    public: bool
    created_at: datetime
    href: str


class ConsentRow(Struct, frozen=True):
    """One decision: granted, or withdrawn. The newest of a purpose holds."""

    purpose: Purpose
    version: str
    granted: bool
    created_at: datetime


class AuditRow(Struct, frozen=True):
    """One access to this person's data, or one that this person made. Who else made it is that person's data."""

    action: str
    detail: str
    by_yourself: bool
    created_at: datetime


class Export(Struct, frozen=True, kw_only=True):
    """Everything about one person."""

    format: Literal["target-export"] = "target-export"
    version: Literal[1] = 1
    exported_at: datetime
    account: AccountRow
    sessions: list[SessionRow]
    posts: list[PostRow]
    comments: list[CommentRow]
    likes: list[LikeRow]
    following: list[FollowRow]
    followers: list[FollowRow]
    conversations: list[ConversationRow]
    messages: list[MessageRow]
    notifications: list[NotificationRow]
    preferences: list[PreferencesRow]
    uploads: list[UploadRow]
    consents: list[ConsentRow]
    audit: list[AuditRow]


class LeftOut(Struct, frozen=True):
    """A place where a person's id stands, and which is not exported."""

    table: str
    column: str
    why: str


class Format(Struct, frozen=True):
    """The export's format: a JSON Schema to read it by, and what it does not hold."""

    format: str
    version: int
    left_out: list[LeftOut]
    json_schema: dict[str, object]


class NewConsent(Struct, forbid_unknown_fields=True):
    """The body of POST /privacy/consents. `version` is that of the text that was shown."""

    purpose: Purpose
    version: Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[0-9A-Za-z.\-]+\Z")]
    granted: bool


class Consents(Struct, frozen=True):
    """What holds now, one row a purpose, and how that came about, oldest first."""

    current: list[ConsentRow]
    history: list[ConsentRow]


class ErasureRequest(Struct, forbid_unknown_fields=True):
    """The body of POST /privacy/erasure: the password again, for it cannot be undone."""

    password: Text


class Erasure(Struct, frozen=True):
    """How far an erasure got: "requested", then "erased" (no data is left), then "finished" (nor a cached copy)."""

    id: int
    state: Literal["requested", "erased", "finished"]
    requested_at: datetime
