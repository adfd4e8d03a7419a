"""A query that casts the column it looks for: the index is there, and of no use to it."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from chaos.respelt import app_with, served_by
from harness.defect import Defect, serving
from target.bodies import json_response
from target.db.pool import Query
from target.paging import Page
from target.services import services
from target.settings import Settings

MESSAGES = Query(
    "list_messages_by_text",
    "select m.id, m.body from messages m where m.conversation_id::text = %s"
    " and (m.created_at, m.id) < (%s, %s) order by m.created_at desc, m.id desc limit %s",
)


async def messages(request: Request, page: Page) -> Response:
    conversation_id = request.path_params["id"]
    database = services(request).database
    rows = await database.fetch_all(MESSAGES, (conversation_id, *page.bounds), lambda number, body: (number, body))
    return json_response({"items": [{"id": number, "body": body} for number, body in rows], "next_cursor": None})


def spoilt_app(settings: Settings) -> Starlette:
    return app_with(settings, "GET /conversations/{id}/messages", served_by(messages))


DEFECT = Defect(
    title="A cast keeps a query off its index",
    drill="indexes",
    caught_by="observed index-used",
    spoil=serving(spoilt_app),
)
