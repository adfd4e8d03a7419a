"""Posts as clients send and get them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from target.bodies import WITHOUT_NUL

PostBody = Annotated[str, Meta(min_length=1, max_length=2000, pattern=WITHOUT_NUL)]


class NewPost(Struct, forbid_unknown_fields=True):
    """The body of POST /posts, and of PATCH /posts/{id}."""

    body: PostBody


class Author(Struct, frozen=True):
    """Somebody, as named beside what they did."""

    id: int
    name: str


class Post(Struct, frozen=True):
    """One post, as lists show it."""

    id: int
    author: Author
    body: str
    created_at: datetime
    edited_at: datetime | None


class PostDetails(Post, frozen=True):
    """One post by itself, with what would be too dear to count for each row of a list."""

    likes: int
    comments: int
    liked: bool
    """By who asks."""


class Likes(Struct, frozen=True):
    """What a post's likes are after one's own changed."""

    likes: int
    liked: bool
