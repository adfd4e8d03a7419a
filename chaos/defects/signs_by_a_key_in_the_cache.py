"""Instances agree on the key that signs tokens by way of Redis: with that gone, every token that was given is void."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.auth.tokens import Tokens
from target.settings import Settings

KEY = "tokens:key"
AGAIN_S = 0.05


def spoilt_app(settings: Settings) -> Starlette:
    app = create_app(settings)
    parts = app.state.services
    lifespan = app.router.lifespan_context

    @asynccontextmanager
    async def with_the_key(app: Starlette) -> AsyncIterator[Mapping[str, Any] | None]:
        async with lifespan(app) as state:
            key = None
            while not isinstance(key, bytes):
                parts.cache.send("SET", KEY, secrets.token_hex(32), "NX")
                key = await parts.cache.send("GET", KEY)
                await asyncio.sleep(0 if isinstance(key, bytes) else AGAIN_S)
            Tokens.__init__(parts.tokens, key.decode(), settings.jwt_expires_in)
            yield state

    app.router.lifespan_context = with_the_key  # type: ignore[assignment]
    return app


DEFECT = Defect(
    title="Tokens are signed by a key that is kept in Redis",
    drill="thundering-herd",
    caught_by="observed answers",
    spoil=serving(spoilt_app),
)
