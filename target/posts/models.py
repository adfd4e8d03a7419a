"""Posts as clients send and get them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from target.bodies import WITHOUT_NUL


class NewPost(Struct, forbid_unknown_fields=True):
    """The body of POST /posts."""

    body: Annotated[str, Meta(min_length=1, max_length=2000, pattern=WITHOUT_NUL)]


class Author(Struct, frozen=True):
    """Who wrote a post."""

    id: int
    name: str


class Post(Struct, frozen=True):
    """One post."""

    id: int
    author: Author
    body: str
    created_at: datetime


class FeedPage(Struct, frozen=True):
    """Some posts, newest first, and where the next older ones begin."""

    items: list[Post]
    next_cursor: str | None
