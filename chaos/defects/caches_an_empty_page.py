"""A feed that cannot be computed is an empty one, so that nobody sees an error; and for five minutes it stays so."""

from collections.abc import Awaitable, Callable

import psycopg
from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.generations import CachedAnswers
from target.settings import Settings

EMPTY = b'{"items":[],"next_cursor":null}'


class NeverFails(CachedAnswers):
    async def _load_and_store(self, generation: bytes, stored_key: str, load: Callable[[], Awaitable[bytes]]) -> bytes:
        async def load_or_nothing() -> bytes:
            try:
                return await load()
            except psycopg.Error:
                return EMPTY

        return await super()._load_and_store(generation, stored_key, load_or_nothing)


def spoilt_app(settings: Settings) -> Starlette:
    app = create_app(settings)
    app.state.services.feed.__class__ = NeverFails
    return app


DEFECT = Defect(
    title="A feed that could not be read is cached as an empty one",
    drill="hot-key",
    caught_by="observed posts-after-failure",
    spoil=serving(spoilt_app),
)
