"""Registration and login."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from target.auth.models import Credentials, Registration, Session, User
from target.auth.queries import create_user, find_account
from target.bodies import json_response
from target.errors import Problem
from target.routing import ANYBODY, Endpoint
from target.services import Services, services

_PRIVATE = {"Cache-Control": "no-store"}


async def register(request: Request, wanted: Registration) -> Response:
    """POST /auth/register: a new account, logged in."""
    here = services(request)
    password_hash = await here.passwords.hash(wanted.password)
    user = await create_user(here.database, wanted.email, wanted.name, password_hash)
    if user is None:
        raise Problem(409, "This email address has an account already.")
    return json_response(_session(here, user), 201, _PRIVATE)


async def login(request: Request, given: Credentials) -> Response:
    """POST /auth/login: a token for an account."""
    here = services(request)
    account = await find_account(here.database, given.email)
    stored = account.password_hash if account is not None else None
    if not await here.passwords.verify(stored, given.password) or account is None:
        # One answer for both, so that it does not tell which addresses have an account.
        raise Problem(401, "Email address or password is wrong.", headers={"WWW-Authenticate": "Bearer"})
    return json_response(_session(here, account.user), 200, _PRIVATE)


def _session(here: Services, user: User) -> Session:
    return Session(here.tokens.issue(user.id, user.role), "Bearer", here.tokens.seconds, user)


ROUTES = [
    Endpoint("POST", "/auth/register", register, roles=ANYBODY, takes=Registration, gives=Session, status=201),
    Endpoint("POST", "/auth/login", login, roles=ANYBODY, takes=Credentials, gives=Session),
]
