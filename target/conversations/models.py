"""Conversations and messages as clients send and get them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from target.bodies import WITHOUT_NUL
from target.posts.models import Author

UserId = Annotated[int, Meta(ge=1, le=2**63 - 1)]


class NewConversation(Struct, forbid_unknown_fields=True):
    """The body of POST /conversations: the others. Who asks takes part, named or not."""

    participant_ids: Annotated[list[UserId], Meta(min_length=1, max_length=20)]


class Conversation(Struct, frozen=True):
    """One conversation, for those who take part."""

    id: int
    participants: list[Author]
    joined_at: datetime
    """When who asks came in."""


class NewMessage(Struct, forbid_unknown_fields=True):
    """The body of POST /conversations/{id}/messages."""

    body: Annotated[str, Meta(min_length=1, max_length=4000, pattern=WITHOUT_NUL)]


class Message(Struct, frozen=True):
    """One message."""

    id: int
    conversation_id: int
    sender: Author
    body: str
    created_at: datetime
