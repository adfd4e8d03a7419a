"""Notifications as clients get them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from target.posts.models import Author

Kind = Literal["like", "comment", "follow", "message"]


class Notification(Struct, frozen=True):
    """Somebody did something that concerns you. The ids lead to what they did it to."""

    id: int
    kind: Kind
    actor: Author
    post_id: int | None
    comment_id: int | None
    conversation_id: int | None
    created_at: datetime
    read: bool


class Unread(Struct, frozen=True):
    """How many were not read."""

    unread: int
