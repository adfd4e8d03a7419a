"""Pages of a list, by cursor: the thousandth costs what the first does."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from target.cursor import Cursor
from target.errors import invalid


class Page(Struct, frozen=True):
    """The query of every list: how many, and after which."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    cursor: str | None = None

    @property
    def after(self) -> Cursor | None:
        """Where the page before this one ended; None for the first page."""
        if self.cursor is None:
            return None
        try:
            return Cursor.parse(self.cursor)
        except ValueError:
            raise invalid("cursor", "Expected the next_cursor of an earlier page") from None
