"""The feed, single posts and their likes: for users who are logged in. A post's page is for everybody."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from target.auth.admission import caller
from target.bodies import json_bytes, json_response, read_query
from target.errors import Problem
from target.generations import Lookup
from target.html import html_response
from target.paging import Listing, Page
from target.posts import likes
from target.posts.models import Likes, NewPost, Post, PostDetails
from target.posts.queries import create_post, delete_post, edit_post, feed_page, find_details, find_post
from target.routing import ANYBODY, Endpoint, account_is_gone, no_such, path_id
from target.services import Services, services

_encode = msgspec.json.Encoder().encode


def look_up_feed(request: Request) -> Lookup | None:
    """What the cache holds for this request, asked while it is being admitted."""
    try:
        page = read_query(request, Page)
    except Problem:
        # Told to those only who are admitted.
        return None
    # Where nearly everybody reads. Older pages are each read by few, and would only fill the cache.
    return services(request).feed.look_up(f"newest:{page.limit}") if page.cursor is None else None


async def feed(request: Request, page: Page, found: Lookup | None) -> Response:
    """GET /feed?limit=20&cursor=...: the newest posts, or those after a cursor."""
    here = services(request)
    if found is not None:
        return json_bytes(await here.feed.get_or_load(found, lambda: _load(here, page)))
    return json_bytes(await _load(here, page))


async def create(request: Request, new: NewPost) -> Response:
    """POST /posts: publish."""
    here = services(request)
    post = await create_post(here.database, caller(request).user_id, new.body)
    if post is None:
        raise account_is_gone()
    # After the commit, before the acknowledgement: see generations.py.
    await here.feed.invalidate()
    return json_response(post, 201, {"Location": f"/posts/{post.id}"})


async def read(request: Request) -> Response:
    """GET /posts/{id}: one post with its counts."""
    post_id = path_id(request, "post")
    post = await find_details(services(request).database, post_id, caller(request).user_id)
    if post is None:
        raise no_such("post")
    return json_response(post)


async def edit(request: Request, new: NewPost) -> Response:
    """PATCH /posts/{id}: other words for one's own post."""
    here = services(request)
    post_id = path_id(request, "post")
    post = await edit_post(here.database, post_id, caller(request).user_id, new.body)
    if post is None:
        raise await _not_theirs(here, post_id)
    await here.feed.invalidate()
    return json_response(post)


async def delete(request: Request) -> Response:
    """DELETE /posts/{id}: one's own post, with its comments and likes."""
    here = services(request)
    post_id = path_id(request, "post")
    if not await delete_post(here.database, post_id, caller(request).user_id):
        raise await _not_theirs(here, post_id)
    await here.feed.invalidate()
    return Response(status_code=204)


async def like(request: Request) -> Response:
    """PUT /posts/{id}/like: may be said again."""
    return _likes(await likes.like(services(request).database, path_id(request, "post"), caller(request).user_id))


async def unlike(request: Request) -> Response:
    """DELETE /posts/{id}/like: may be said again, too."""
    return _likes(await likes.unlike(services(request).database, path_id(request, "post"), caller(request).user_id))


async def page(request: Request) -> Response:
    """GET /posts/{id}/page: the post for people, at an address to pass on."""
    post = await find_post(services(request).database, path_id(request, "post"))
    if post is None:
        raise no_such("post")
    return html_response("post.html", post=post)


def _likes(found: Likes | None) -> Response:
    if found is None:
        raise no_such("post")
    return json_response(found)


async def _not_theirs(here: Services, post_id: int) -> Problem:
    if await find_post(here.database, post_id) is None:
        return no_such("post")
    return Problem(403, "This is somebody else's post.")


async def _load(here: Services, page: Page) -> bytes:
    return _encode(await feed_page(here.database, page))


ROUTES = [
    Endpoint("GET", "/feed", feed, query=Page, gives=Listing[Post], ahead=look_up_feed),
    Endpoint("POST", "/posts", create, takes=NewPost, gives=Post, status=201),
    Endpoint("GET", "/posts/{id}", read, gives=PostDetails),
    Endpoint("PATCH", "/posts/{id}", edit, takes=NewPost, gives=Post, problems=(403,)),
    Endpoint("DELETE", "/posts/{id}", delete, status=204, problems=(403,)),
    Endpoint("PUT", "/posts/{id}/like", like, gives=Likes),
    Endpoint("DELETE", "/posts/{id}/like", unlike, gives=Likes),
    Endpoint("GET", "/posts/{id}/page", page, roles=ANYBODY, gives=str, media_type="text/html"),
]
