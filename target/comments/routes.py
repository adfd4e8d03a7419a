"""Comments on posts."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from target.auth.admission import caller
from target.bodies import json_response
from target.comments import queries
from target.comments.models import Comment, NewComment
from target.errors import Problem
from target.paging import Listing, Page
from target.posts.queries import find_post
from target.routing import Endpoint, no_such, path_id
from target.services import services


async def create(request: Request, new: NewComment) -> Response:
    """POST /posts/{id}/comments: say something about a post."""
    database = services(request).database
    comment = await queries.create_comment(database, path_id(request, "post"), caller(request).user_id, new.body)
    if comment is None:
        raise no_such("post")
    return json_response(comment, 201, {"Location": f"/comments/{comment.id}"})


async def list_(request: Request, page: Page) -> Response:
    """GET /posts/{id}/comments: what was said about it, the newest first."""
    database = services(request).database
    post_id = path_id(request, "post")
    if await find_post(database, post_id) is None:
        raise no_such("post")
    return json_response(await queries.list_comments(database, post_id, page))


async def read(request: Request) -> Response:
    """GET /comments/{id}: one comment."""
    return json_response(await _found(request))


async def delete(request: Request) -> Response:
    """DELETE /comments/{id}: one's own comment."""
    comment_id = path_id(request, "comment")
    if not await queries.delete_comment(services(request).database, comment_id, caller(request).user_id):
        await _found(request)
        raise Problem(403, "This is somebody else's comment.")
    return Response(status_code=204)


async def _found(request: Request) -> Comment:
    comment = await queries.find_comment(services(request).database, path_id(request, "comment"))
    if comment is None:
        raise no_such("comment")
    return comment


ROUTES = [
    Endpoint("POST", "/posts/{id}/comments", create, takes=NewComment, gives=Comment, status=201),
    Endpoint("GET", "/posts/{id}/comments", list_, query=Page, gives=Listing[Comment]),
    Endpoint("GET", "/comments/{id}", read, gives=Comment),
    Endpoint("DELETE", "/comments/{id}", delete, status=204, problems=(403,)),
]
