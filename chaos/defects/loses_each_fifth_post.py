"""Each fifth post is answered like the others, and rolled back: whatever faults are drawn, writes are lost."""

from itertools import count

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.db.pool import Database
from target.posts import queries, routes
from target.posts.models import Post
from target.settings import Settings

FIFTH = 5
posted = count(1)


async def create_post(database: Database, author_id: int, body: str) -> Post | None:
    lost = next(posted) % FIFTH == 0
    async with database.connection() as conn, conn.transaction(force_rollback=lost):
        posts = await database.run(conn, queries._CREATE, (body, author_id), queries.to_post)
    return posts[0] if posts else None


def spoilt_app(settings: Settings) -> Starlette:
    # This process runs nothing but the spoilt target.
    routes.create_post = create_post  # type: ignore[attr-defined]
    return create_app(settings)


DEFECT = Defect(
    title="Each fifth post is acknowledged and rolled back",
    drill="game-day",
    caught_by="no-write-lost",
    spoil=serving(spoilt_app),
)
