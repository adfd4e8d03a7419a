"""A search whose statement is put together from text: the oldest mistake there is."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from chaos.respelt import app_with, served_by
from harness.defect import Defect, serving
from target.bodies import json_response
from target.search.models import Search
from target.services import services
from target.settings import Settings


async def search_people(request: Request, search: Search) -> Response:
    async with services(request).database.connection() as connection:
        statement = f"select id, name from users where name ilike '%{search.q}%' limit {search.limit}"
        cursor = await connection.execute(statement.encode())
        found = [{"id": row[0], "name": row[1]} for row in await cursor.fetchall()]
    return json_response({"items": found, "next_cursor": None})


def spoilt_app(settings: Settings) -> Starlette:
    return app_with(settings, "GET /search/people", served_by(search_people))


DEFECT = Defect(
    title="A search formats its words into SQL",
    drill="sql-injection",
    caught_by="observed server-errors",
    spoil=serving(spoilt_app),
)
