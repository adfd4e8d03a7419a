"""Comments as clients send and get them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from target.bodies import WITHOUT_NUL
from target.posts.models import Author


class NewComment(Struct, forbid_unknown_fields=True):
    """The body of POST /posts/{id}/comments."""

    body: Annotated[str, Meta(min_length=1, max_length=1000, pattern=WITHOUT_NUL)]


class Comment(Struct, frozen=True):
    """One comment."""

    id: int
    post_id: int
    author: Author
    body: str
    created_at: datetime
