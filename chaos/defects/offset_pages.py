"""Pages by OFFSET: the database reads and throws away all that lies before them, and new rows push old ones down."""

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
    "feed_by_offset",
    "select p.id, p.author_id, u.name, p.body, p.created_at, p.edited_at"
    " from posts p join users u on u.id = p.author_id order by p.created_at desc, p.id desc limit %s offset %s",
)


async def feed(request: Request, page: Page) -> Response:
    start = int(page.cursor or "0")
    posts = await services(request).database.fetch_all(FEED, (page.limit + 1, start), to_post)
    more = str(start + page.limit) if len(posts) > page.limit else None
    return json_response(Listing[Post](posts[: page.limit], more))


def spoilt_app(settings: Settings) -> Starlette:
    return app_with(settings, "GET /feed", served_by(feed))


DEFECT = Defect(
    title="The feed is paged by OFFSET", drill="pages", caught_by="observed page-cost", spoil=serving(spoilt_app)
)
