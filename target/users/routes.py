"""Profiles, and who follows whom."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from target.auth.admission import caller
from target.bodies import json_response
from target.errors import Problem
from target.html import html_response
from target.paging import Listing, Page
from target.routing import ANYBODY, Endpoint, account_is_gone, no_such, path_id
from target.services import services
from target.users import queries
from target.users.models import Me, Person, Profile, ProfileChange

_NOBODY = 0
"""No account has this id: the reader of a page that everybody may see."""


async def read_me(request: Request) -> Response:
    """GET /users/me: one's own account."""
    me = await queries.find_me(services(request).database, caller(request).user_id)
    if me is None:
        raise account_is_gone()
    return json_response(me)


async def change_me(request: Request, change: ProfileChange) -> Response:
    """PATCH /users/me: another name, other words about oneself."""
    here = services(request)
    me = await queries.change_profile(here.database, caller(request).user_id, change)
    if me is None:
        raise account_is_gone()
    # The feed shows names.
    await here.feed.invalidate()
    return json_response(me)


async def read(request: Request) -> Response:
    """GET /users/{id}: somebody's profile."""
    return json_response(await _profile(request, caller(request).user_id))


async def page(request: Request) -> Response:
    """GET /users/{id}/page: the profile for people, at an address to pass on."""
    return html_response("profile.html", profile=await _profile(request, _NOBODY))


async def follow(request: Request) -> Response:
    """PUT /users/{id}/follow: may be said again."""
    followee, follower = path_id(request, "user"), caller(request).user_id
    if followee == follower:
        raise Problem(409, "Nobody follows themselves.")
    if not await queries.follow(services(request).database, follower, followee):
        raise no_such("user")
    return Response(status_code=204)


async def unfollow(request: Request) -> Response:
    """DELETE /users/{id}/follow: may be said again, and of those who left."""
    await queries.unfollow(services(request).database, caller(request).user_id, path_id(request, "user"))
    return Response(status_code=204)


async def followers(request: Request, page: Page) -> Response:
    """GET /users/{id}/followers: who follows this user, the newest first."""
    user_id = await _existing(request)
    return json_response(await queries.list_followers(services(request).database, user_id, page))


async def following(request: Request, page: Page) -> Response:
    """GET /users/{id}/following: whom this user follows, the newest first."""
    user_id = await _existing(request)
    return json_response(await queries.list_following(services(request).database, user_id, page))


async def _profile(request: Request, reader_id: int) -> Profile:
    profile = await queries.find_profile(services(request).database, path_id(request, "user"), reader_id)
    if profile is None:
        raise no_such("user")
    return profile


async def _existing(request: Request) -> int:
    user_id = path_id(request, "user")
    if not await queries.user_exists(services(request).database, user_id):
        raise no_such("user")
    return user_id


ROUTES = [
    Endpoint("GET", "/users/me", read_me, gives=Me),
    Endpoint("PATCH", "/users/me", change_me, takes=ProfileChange, gives=Me),
    Endpoint("GET", "/users/{id}", read, gives=Profile),
    Endpoint("GET", "/users/{id}/page", page, roles=ANYBODY, gives=str, media_type="text/html"),
    Endpoint("PUT", "/users/{id}/follow", follow, status=204, problems=(409,)),
    Endpoint("DELETE", "/users/{id}/follow", unfollow, status=204),
    Endpoint("GET", "/users/{id}/followers", followers, query=Page, gives=Listing[Person]),
    Endpoint("GET", "/users/{id}/following", following, query=Page, gives=Listing[Person]),
]
