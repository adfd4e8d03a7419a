"""For defects in how an instance starts or ends: what is done around the application's own lifespan, or within it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from starlette.applications import Starlette

Lifetime = Callable[[], AbstractAsyncContextManager[None]]


def around(app: Starlette, lifetime: Lifetime) -> Starlette:
    """`lifetime` is entered before anything of the application is there, and left when all is gone."""
    lifespan = app.router.lifespan_context

    @asynccontextmanager
    async def longer(app: Starlette) -> AsyncIterator[Mapping[str, Any] | None]:
        async with lifetime(), lifespan(app) as state:
            yield state

    app.router.lifespan_context = longer  # type: ignore[assignment]
    return app


def within(app: Starlette, lifetime: Lifetime) -> Starlette:
    """`lifetime` is entered when the application has its database and its cache, before it serves."""
    lifespan = app.router.lifespan_context

    @asynccontextmanager
    async def shorter(app: Starlette) -> AsyncIterator[Mapping[str, Any] | None]:
        async with lifespan(app) as state, lifetime():
            yield state

    app.router.lifespan_context = shorter  # type: ignore[assignment]
    return app


def beside(app: Starlette, work: Callable[[], Coroutine[Any, Any, None]]) -> Starlette:
    """`work` is begun when the application serves, and cancelled when it ends."""

    @asynccontextmanager
    async def working() -> AsyncIterator[None]:
        task = asyncio.create_task(work())
        yield
        task.cancel()
        # Whatever became of it: a defect does not end an instance that ends in order.
        await asyncio.wait([task])

    return within(app, working)
