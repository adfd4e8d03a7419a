"""Search, for posts and for people."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from target.bodies import json_response
from target.paging import Listing
from target.posts.models import Post
from target.routing import Endpoint
from target.search.models import Search
from target.search.queries import search_people, search_posts
from target.services import services
from target.users.models import Person


async def posts(request: Request, search: Search) -> Response:
    """GET /search/posts?q=...: the newest first."""
    return json_response(await search_posts(services(request).database, search))


async def people(request: Request, search: Search) -> Response:
    """GET /search/people?q=...: the newest first."""
    return json_response(await search_people(services(request).database, search))


ROUTES = [
    Endpoint("GET", "/search/posts", posts, query=Search, gives=Listing[Post]),
    Endpoint("GET", "/search/people", people, query=Search, gives=Listing[Person]),
]
