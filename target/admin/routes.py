"""What staff may do: look users up, take posts away, suspend people; and admins, who is staff.

Whoever's data a member of staff sees or changes, the audit log says so.
"""

from __future__ import annotations

from psycopg import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from target.admin import queries
from target.admin.models import ManagedUser, RoleChange, UserSearch
from target.auth import sessions
from target.auth.admission import caller
from target.auth.models import Identity
from target.bodies import json_response
from target.errors import Problem
from target.paging import Listing
from target.privacy import audit
from target.routing import ADMINS, STAFF, Endpoint, no_such, path_id
from target.services import Services, services

_PRIVATE = {"Cache-Control": "no-store"}


async def list_users(request: Request, search: UserSearch) -> Response:
    """GET /admin/users?email=...: the newest accounts first."""
    database, actor = services(request).database, caller(request)
    found = await queries.list_users(database, search)
    if found.items:
        subjects = [user.id for user in found.items]
        await audit.record(database, actor=actor.user_id, action="user.list", subjects=subjects)
    return json_response(found, 200, _PRIVATE)


async def read_user(request: Request) -> Response:
    """GET /admin/users/{id}: one account."""
    database, actor = services(request).database, caller(request)
    user = await queries.find_user(database, path_id(request, "user"))
    if user is None:
        raise no_such("user")
    await audit.record(database, actor=actor.user_id, action="user.read", subjects=[user.id])
    return json_response(user, 200, _PRIVATE)


async def change_role(request: Request, change: RoleChange) -> Response:
    """PATCH /admin/users/{id}: another role. It ends that user's sessions."""
    here, actor = services(request), caller(request)
    user_id = _somebody_else(request, actor)
    async with here.database.connection() as conn, conn.transaction():
        before = await _lock(here, conn, actor, user_id)
        if before.role == change.role:
            return json_response(before, 200, _PRIVATE)
        changed = await queries.set_role(here.database, conn, actor, before, change.role)
    await sessions.revoke(here, changed.ended)
    return json_response(changed.user, 200, _PRIVATE)


async def suspend(request: Request) -> Response:
    """PUT /admin/users/{id}/suspension: end their sessions and let them in no more. May be said again."""
    here, actor = services(request), caller(request)
    user_id = _somebody_else(request, actor)
    async with here.database.connection() as conn, conn.transaction():
        _check_rank(actor, await _lock(here, conn, actor, user_id))
        changed = await queries.suspend(here.database, conn, actor, user_id)
    await sessions.revoke(here, changed.ended)
    return json_response(changed.user, 200, _PRIVATE)


async def restore(request: Request) -> Response:
    """DELETE /admin/users/{id}/suspension: let them in again."""
    here, actor = services(request), caller(request)
    user_id = _somebody_else(request, actor)
    async with here.database.connection() as conn, conn.transaction():
        _check_rank(actor, await _lock(here, conn, actor, user_id))
        user = await queries.restore(here.database, conn, actor, user_id)
    return json_response(user, 200, _PRIVATE)


async def delete_post(request: Request) -> Response:
    """DELETE /admin/posts/{id}: anybody's post, with its comments and likes."""
    here = services(request)
    if not await queries.delete_post(here.database, caller(request), path_id(request, "post")):
        raise no_such("post")
    await here.feed.invalidate()
    return Response(status_code=204)


def _somebody_else(request: Request, actor: Identity) -> int:
    user_id = path_id(request, "user")
    if user_id == actor.user_id:
        # Else the last admin could lock everybody out.
        raise Problem(409, "Nobody changes their own standing.")
    return user_id


async def _lock(here: Services, conn: AsyncConnection, actor: Identity, user_id: int) -> ManagedUser:
    """The user who is about to be changed, by somebody who may still do so."""
    current, user = await queries.lock_users(here.database, conn, actor.user_id, user_id)
    # The token says what the actor was when it was issued. Of two admins who demote each other at once the second
    # has waited for the first here, and is none any more: one of them stays.
    if current is None or current.role != actor.role or current.suspended_at is not None:
        raise Problem(403, "Your role does not allow this any more.")
    if user is None:
        raise no_such("user")
    return user


def _check_rank(actor: Identity, user: ManagedUser) -> None:
    if user.role != "user" and actor.role != "admin":
        raise Problem(403, "Only an admin may do this to staff.")


ROUTES = [
    Endpoint("GET", "/admin/users", list_users, roles=STAFF, query=UserSearch, gives=Listing[ManagedUser]),
    Endpoint("GET", "/admin/users/{id}", read_user, roles=STAFF, gives=ManagedUser),
    Endpoint(
        "PATCH", "/admin/users/{id}", change_role, roles=ADMINS, takes=RoleChange, gives=ManagedUser, problems=(409,)
    ),
    Endpoint("PUT", "/admin/users/{id}/suspension", suspend, roles=STAFF, gives=ManagedUser, problems=(409,)),
    Endpoint("DELETE", "/admin/users/{id}/suspension", restore, roles=STAFF, gives=ManagedUser, problems=(409,)),
    Endpoint("DELETE", "/admin/posts/{id}", delete_post, roles=STAFF, status=204),
]
