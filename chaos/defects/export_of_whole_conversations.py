"""The export holds the messages of one's conversations, what the others wrote included."""

from starlette.applications import Starlette

from chaos.respelt import app_exporting
from harness.defect import Defect, serving
from target.db.pool import Query
from target.settings import Settings

WHOLE = Query(
    "export_messages",
    "select id, conversation_id, body, created_at from messages where conversation_id in"
    " (select conversation_id from conversation_participants where user_id = %s) order by id",
)


def spoilt_app(settings: Settings) -> Starlette:
    return app_exporting(settings, "messages", WHOLE)


DEFECT = Defect(
    title="An export holds what others wrote in one's conversations",
    drill="export-is-complete",
    caught_by="observed others-in-export",
    spoil=serving(spoilt_app),
)
