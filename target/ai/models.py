"""What members ask the AI helper, and what it says; and both as its service wants them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from target.bodies import WITHOUT_NUL

Text = Annotated[str, Meta(min_length=1, max_length=4000, pattern=WITHOUT_NUL)]
# An identifier as the service gives them.
AnswerId = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_-]+\Z")]


class CaptionRequest(Struct, forbid_unknown_fields=True):
    """The body of POST /ai/caption: one of both."""

    upload_id: Annotated[int, Meta(ge=1, le=2**63 - 1)] | None = None
    text: Text | None = None


class Caption(Struct, frozen=True):
    """A caption that may be used as it is."""

    id: str
    caption: str


class ChatMessage(Struct, frozen=True, forbid_unknown_fields=True):
    """One turn of a conversation."""

    role: Literal["user", "assistant"]
    content: Text


class ChatRequest(Struct, forbid_unknown_fields=True):
    """The body of POST /ai/chat: the conversation so far, oldest first."""

    messages: Annotated[list[ChatMessage], Meta(min_length=1, max_length=20)]


class Turn(Struct, frozen=True):
    """A turn as the service says it, who may add to it what we do not know yet."""

    role: str
    content: str


class ChatReply(Struct, frozen=True):
    """The next turn."""

    id: str
    message: Turn


class Feedback(Struct, forbid_unknown_fields=True):
    """The body of POST /ai/feedback."""

    answer_id: AnswerId
    helpful: bool


class Picture(Struct, frozen=True):
    """For the service: a file."""

    media_type: str
    data: bytes  # base64 in JSON


class CaptionOrder(Struct, frozen=True, omit_defaults=True):
    """For the service: what to find a caption for."""

    text: str | None = None
    picture: Picture | None = None


class Received(Struct, frozen=True):
    """From the service: it keeps the feedback."""

    id: str
