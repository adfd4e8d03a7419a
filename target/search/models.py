"""Searches as clients send them."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from target.bodies import WITHOUT_NUL
from target.paging import Page

Words = Annotated[str, Meta(min_length=1, max_length=200, pattern=WITHOUT_NUL)]


class Search(Page, frozen=True, kw_only=True):
    """A page of what holds these words. As in web searches: "two words" together, -without, this or that."""

    q: Words
