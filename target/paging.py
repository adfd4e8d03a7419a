"""Pages of a list, by cursor: the thousandth costs what the first does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar

from msgspec import Meta, Struct

from target.cursor import Cursor
from target.errors import invalid

T = TypeVar("T")

# Later than every row: (created_at, id) < it holds for all of them, and the index scan begins at the newest.
_BEFORE_ALL = Cursor(datetime.max.replace(tzinfo=UTC), 2**63 - 1)


class Page(Struct, frozen=True):
    """The query of every list: how many, and after which."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    cursor: Annotated[str, Meta(max_length=64)] | None = None

    @property
    def after(self) -> Cursor | None:
        """Where the page before this one ended; None for the first page."""
        if self.cursor is None:
            return None
        try:
            return Cursor.parse(self.cursor)
        except ValueError:
            raise invalid("cursor", "Expected the next_cursor of an earlier page") from None

    @property
    def bounds(self) -> tuple[datetime, int, int]:
        """Parameters for `(created_at, id) < (%s, %s) order by created_at desc, id desc limit %s`.

        One row more than the page holds, since whether it is there tells whether there is a next page.
        """
        start = self.after or _BEFORE_ALL
        return start.created_at, start.row_id, self.limit + 1


class Listing(Struct, Generic[T], frozen=True):
    """The answer of every list: newest first, and where the next older ones begin; null when there are none."""

    items: list[T]
    next_cursor: str | None


def listing(rows: list[T], page: Page, place: Callable[[T], tuple[datetime, int]]) -> Listing[T]:
    """A page of the rows that were asked for with the page's `bounds`. `place` is a row's (created_at, id)."""
    if len(rows) <= page.limit:
        return Listing(rows, None)
    items = rows[: page.limit]
    return Listing(items, str(Cursor(*place(items[-1]))))
