"""Registration, login, and what ends or prolongs a session."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from target.auth import sessions
from target.auth.admission import caller
from target.auth.models import Credentials, Ended, PasswordChange, RefreshToken, Registration, Session
from target.auth.queries import change_password, create_user, find_account, find_password_hash
from target.bodies import json_response
from target.errors import Problem
from target.observability.logs import log
from target.routing import ANYBODY, Endpoint, account_is_gone
from target.services import Services, services

_PRIVATE = {"Cache-Control": "no-store"}
_BEARER = {"WWW-Authenticate": "Bearer"}


async def register(request: Request, wanted: Registration) -> Response:
    """POST /auth/register: a new account, logged in."""
    here = services(request)
    password_hash = await here.passwords.hash(wanted.password)
    async with here.database.connection() as conn, conn.transaction():
        user = await create_user(here.database, conn, wanted.email, wanted.name, password_hash)
        if user is None:
            raise Problem(409, "This email address has an account already.")
        begun = await sessions.begin(here.database, conn, user.id, password_hash, here.settings.refresh_expires_in)
    if begun is None:
        raise account_is_gone()
    return json_response(_session(here, begun), 201, _PRIVATE)


async def login(request: Request, given: Credentials) -> Response:
    """POST /auth/login: a session for an account."""
    here = services(request)
    account = await find_account(here.database, given.email)
    stored = account.password_hash if account is not None else None
    if not await here.passwords.verify(stored, given.password) or account is None:
        # One answer for both, so that it does not tell which addresses have an account.
        raise _wrong_credentials()
    if account.suspended:
        raise Problem(403, "This account is suspended.")
    lifetime = here.settings.refresh_expires_in
    async with here.database.connection() as conn:
        begun = await sessions.begin(here.database, conn, account.user.id, account.password_hash, lifetime)
    if begun is None:
        # It changed while the password was being verified.
        raise _wrong_credentials()
    return json_response(_session(here, begun), 200, _PRIVATE)


async def refresh(request: Request, given: RefreshToken) -> Response:
    """POST /auth/refresh: new tokens for a refresh token, which works this once."""
    here = services(request)
    found = await sessions.refresh(here.database, given.refresh_token, here.settings.refresh_expires_in)
    if isinstance(found, sessions.Reused):
        log.warning("refresh token reused, session ended", family=found.family)
        await sessions.revoke(here, [found.family])
        raise Problem(401, "This refresh token was used before, so its session has ended.", headers=_BEARER)
    if found is None:
        raise Problem(401, "The refresh token is not valid.", headers=_BEARER)
    return json_response(_session(here, found), 200, _PRIVATE)


async def logout(request: Request) -> Response:
    """POST /auth/logout: end the session that the access token belongs to."""
    here, who = services(request), caller(request)
    ended = await sessions.end(here.database, who.family)
    told = await sessions.revoke(here, [who.family], [who.token_id])
    return json_response(Ended(len(ended), told.access_tokens), 200, _PRIVATE)


async def set_password(request: Request, change: PasswordChange) -> Response:
    """POST /auth/password: another password, which ends all other sessions."""
    here, who = services(request), caller(request)
    stored = await find_password_hash(here.database, who.user_id)
    if stored is None:
        raise account_is_gone()
    if not await here.passwords.verify(stored, change.current_password):
        raise Problem(403, "The current password is wrong.")
    new = await here.passwords.hash(change.new_password)
    async with here.database.connection() as conn, conn.transaction():
        if not await change_password(here.database, conn, who.user_id, new, stored):
            raise Problem(409, "The password was changed meanwhile.")
        ended = await sessions.end_all(here.database, conn, who.user_id, but=who.family)
    return json_response(await sessions.revoke(here, ended), 200, _PRIVATE)


def _session(here: Services, begun: sessions.Begun) -> Session:
    access_token = here.tokens.issue(begun.user.id, begun.user.role, begun.family)
    return Session(access_token, begun.refresh_token, "Bearer", here.tokens.seconds, begun.user)


def _wrong_credentials() -> Problem:
    return Problem(401, "Email address or password is wrong.", headers=_BEARER)


ROUTES = [
    Endpoint(
        "POST",
        "/auth/register",
        register,
        roles=ANYBODY,
        takes=Registration,
        gives=Session,
        status=201,
        problems=(409,),
    ),
    Endpoint("POST", "/auth/login", login, roles=ANYBODY, takes=Credentials, gives=Session, problems=(401, 403)),
    Endpoint("POST", "/auth/refresh", refresh, roles=ANYBODY, takes=RefreshToken, gives=Session, problems=(401,)),
    Endpoint("POST", "/auth/logout", logout, gives=Ended),
    Endpoint("POST", "/auth/password", set_password, takes=PasswordChange, gives=Ended, problems=(403, 409)),
]
