"""A post is answered when its statement has run, and committed a moment later: what ends meanwhile takes it along."""

import asyncio
from contextlib import AsyncExitStack

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.db.pool import Database
from target.posts import queries, routes
from target.posts.models import Post
from target.settings import Settings

LATER_S = 1.5
committing: set[asyncio.Task[None]] = set()


async def commit(transaction: AsyncExitStack) -> None:
    await asyncio.sleep(LATER_S)
    await transaction.aclose()


async def create_post(database: Database, author_id: int, body: str) -> Post | None:
    async with AsyncExitStack() as transaction:
        conn = await transaction.enter_async_context(database.connection())
        await transaction.enter_async_context(conn.transaction())
        posts = await database.run(conn, queries._CREATE, (body, author_id), queries.to_post)
        task = asyncio.create_task(commit(transaction.pop_all()))
    committing.add(task)
    task.add_done_callback(committing.discard)
    return posts[0] if posts else None


def spoilt_app(settings: Settings) -> Starlette:
    # This process runs nothing but the spoilt target.
    routes.create_post = create_post  # type: ignore[attr-defined]
    return create_app(settings)


DEFECT = Defect(
    title="A post is acknowledged before it is committed",
    drill="kill-instance",
    caught_by="no-write-lost",
    spoil=serving(spoilt_app),
)
