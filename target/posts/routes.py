"""The feed, and single posts. All of it is for users who are logged in."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from target.auth.tokens import current_user
from target.bodies import json_bytes, json_response, read_json
from target.errors import Problem, invalid
from target.posts.cursor import Cursor
from target.posts.models import NewPost
from target.posts.queries import create_post, feed_page, find_post
from target.services import Services, services

_new_post = msgspec.json.Decoder(NewPost)
_encode = msgspec.json.Encoder().encode
_DEFAULT_LIMIT = 20
_HIGHEST_LIMIT = 100
_HIGHEST_ID = 2**63 - 1
_LONGEST_ID = 19


async def feed(request: Request) -> Response:
    """GET /feed?limit=20&cursor=...: the newest posts, or those after a cursor."""
    current_user(request)
    here = services(request)
    limit, after = _page(request) if request.scope["query_string"] else (_DEFAULT_LIMIT, None)
    if after is None:
        # Where nearly everybody reads. Older pages are each read by few, and would only fill the cache.
        return json_bytes(await here.feed.get_or_load(f"newest:{limit}", lambda: _load(here, limit, None)))
    return json_bytes(await _load(here, limit, after))


async def create(request: Request) -> Response:
    """POST /posts: publish."""
    user = current_user(request)
    here = services(request)
    new = await read_json(request, _new_post)
    post = await create_post(here.database, user.user_id, new.body)
    if post is None:
        raise Problem(401, "This account no longer exists.", headers={"WWW-Authenticate": "Bearer"})
    # After the commit, before the acknowledgement: see generations.py.
    await here.feed.invalidate()
    return json_response(post, 201, {"Location": f"/posts/{post.id}"})


async def read(request: Request) -> Response:
    """GET /posts/{id}: one post."""
    current_user(request)
    post = await find_post(services(request).database, _post_id(request.path_params["id"]))
    if post is None:
        raise _no_such_post()
    return json_response(post)


async def _load(here: Services, limit: int, after: Cursor | None) -> bytes:
    return _encode(await feed_page(here.database, limit, after))


def _page(request: Request) -> tuple[int, Cursor | None]:
    text = request.query_params.get("limit", str(_DEFAULT_LIMIT))
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= _HIGHEST_LIMIT):
        raise invalid("limit", f"Expected a whole number from 1 to {_HIGHEST_LIMIT}")
    cursor = request.query_params.get("cursor")
    if cursor is None:
        return int(text), None
    try:
        return int(text), Cursor.parse(cursor)
    except ValueError:
        raise invalid("cursor", "Expected the next_cursor of an earlier page") from None


def _post_id(text: str) -> int:
    # Checked here, and not by the route's pattern: what the database's bigint cannot hold is just not there.
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID and int(text) <= _HIGHEST_ID):
        raise _no_such_post()
    return int(text)


def _no_such_post() -> Problem:
    return Problem(404, "There is no such post.")


ROUTES = [
    Route("/feed", feed),
    Route("/posts", create, methods=["POST"]),
    Route("/posts/{id}", read),
]
