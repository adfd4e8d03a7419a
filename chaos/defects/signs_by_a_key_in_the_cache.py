"""Instances agree on the key that signs tokens by way of Redis: with that gone, every token that was given is void."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from chaos.lifetimes import within
from harness.defect import Defect, serving
from target.app import create_app
from target.auth.tokens import Tokens
from target.settings import Settings

KEY = "tokens:key"
AGAIN_S = 0.05


def spoilt_app(settings: Settings) -> Starlette:
    app = create_app(settings)
    parts = app.state.services

    @asynccontextmanager
    async def with_the_key() -> AsyncIterator[None]:
        key = None
        while not isinstance(key, bytes):
            parts.cache.send("SET", KEY, secrets.token_hex(32), "NX")
            key = await parts.cache.send("GET", KEY)
            await asyncio.sleep(0 if isinstance(key, bytes) else AGAIN_S)
        Tokens.__init__(parts.tokens, key.decode(), settings.jwt_expires_in)
        yield

    return within(app, with_the_key)


DEFECT = Defect(
    title="Tokens are signed by a key that is kept in Redis",
    drill="thundering-herd",
    caught_by="observed answers",
    spoil=serving(spoilt_app),
)
