"""A login that finds the account by formatted SQL, and hides the database's errors: only the time tells."""

import psycopg
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from chaos.respelt import app_with, served_by
from harness.defect import Defect, serving
from target.auth.models import Credentials
from target.errors import Problem
from target.routing import Endpoint
from target.services import services
from target.settings import Settings


def lax(old: Endpoint) -> Endpoint:
    async def login(request: Request, given: Credentials) -> Response:
        try:
            async with services(request).database.connection() as connection:
                await connection.execute(f"select id from users where email = '{given.email}'".encode())
        except psycopg.Error:
            raise Problem(401, "Email address or password is wrong.") from None
        answer: Response = await old.handler(request, given)
        return answer

    return served_by(login)(old)


def spoilt_app(settings: Settings) -> Starlette:
    return app_with(settings, "POST /auth/login", lax)


DEFECT = Defect(
    title="The login's SQL is formatted, its errors hidden",
    drill="sql-injection",
    caught_by="observed slept",
    spoil=serving(spoilt_app),
)
