"""Uploads as clients get them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

MAX_BYTES = 5 * 1024 * 1024
TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf")
"""What may be uploaded. Nothing that a browser would run: no HTML, no SVG."""


class Upload(Struct, frozen=True):
    """One file, without its content."""

    id: int
    filename: str
    media_type: str
    size: Annotated[int, Meta(description="Bytes, before encryption")]
    public: Annotated[bool, Meta(description="Whether every member may read it, or its owner alone")]
    created_at: datetime


class StoredUpload(Struct, frozen=True):
    """The same, with what only the server needs."""

    upload: Upload
    owner_id: int
    stored_as: UUID
