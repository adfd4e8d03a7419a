"""The feed, and single posts. All of it is for users who are logged in."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from target.auth.admission import caller
from target.bodies import json_bytes, json_response
from target.errors import Problem
from target.paging import Page
from target.posts.models import FeedPage, NewPost, Post
from target.posts.queries import create_post, feed_page, find_post
from target.routing import Endpoint, no_such, path_id
from target.services import Services, services

_encode = msgspec.json.Encoder().encode


async def feed(request: Request, page: Page) -> Response:
    """GET /feed?limit=20&cursor=...: the newest posts, or those after a cursor."""
    here = services(request)
    if page.cursor is None:
        # Where nearly everybody reads. Older pages are each read by few, and would only fill the cache.
        return json_bytes(await here.feed.get_or_load(f"newest:{page.limit}", lambda: _load(here, page)))
    return json_bytes(await _load(here, page))


async def create(request: Request, new: NewPost) -> Response:
    """POST /posts: publish."""
    here = services(request)
    post = await create_post(here.database, caller(request).user_id, new.body)
    if post is None:
        raise Problem(401, "This account no longer exists.", headers={"WWW-Authenticate": "Bearer"})
    # After the commit, before the acknowledgement: see generations.py.
    await here.feed.invalidate()
    return json_response(post, 201, {"Location": f"/posts/{post.id}"})


async def read(request: Request) -> Response:
    """GET /posts/{id}: one post."""
    post = await find_post(services(request).database, path_id(request, "post"))
    if post is None:
        raise no_such("post")
    return json_response(post)


async def _load(here: Services, page: Page) -> bytes:
    return _encode(await feed_page(here.database, page.limit, page.after))


ROUTES = [
    Endpoint("GET", "/feed", feed, query=Page, gives=FeedPage),
    Endpoint("POST", "/posts", create, takes=NewPost, gives=Post, status=201),
    Endpoint("GET", "/posts/{id}", read, gives=Post),
]
