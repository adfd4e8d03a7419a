"""A cursor of the time alone: of the rows that share a moment, those after the page's end are never seen."""

from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from chaos.respelt import app_with, served_by
from harness.defect import Defect, serving
from target.bodies import json_response
from target.db.pool import Query
from target.paging import Listing, Page
from target.posts.models import Post
from target.posts.queries import to_post
from target.services import services
from target.settings import Settings

FEED = Query(
    "feed_by_time",
    "select p.id, p.author_id, u.name, p.body, p.created_at, p.edited_at"
    " from posts p join users u on u.id = p.author_id where p.created_at < %s"
    " order by p.created_at desc, p.id desc limit %s",
)


async def feed(request: Request, page: Page) -> Response:
    before = datetime.fromisoformat(page.cursor) if page.cursor else datetime.max.replace(tzinfo=UTC)
    posts = await services(request).database.fetch_all(FEED, (before, page.limit), to_post)
    more = posts[-1].created_at.isoformat() if len(posts) == page.limit else None
    return json_response(Listing[Post](posts, more))


def spoilt_app(settings: Settings) -> Starlette:
    return app_with(settings, "GET /feed", served_by(feed))


DEFECT = Defect(
    title="The feed's cursor is a time and nothing more",
    drill="pages",
    caught_by="observed rows-missing",
    spoil=serving(spoilt_app),
)
