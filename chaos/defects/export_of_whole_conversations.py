"""The export holds the messages of one's conversations, what the others wrote included."""

import msgspec
from starlette.applications import Starlette

from chaos.respelt import app_exporting
from harness.defect import Defect
from harness.stacks.plan import StackPlan
from target.db.pool import Query
from target.settings import Settings

WHOLE = Query(
    "export_messages",
    "select id, conversation_id, body, created_at from messages where conversation_id in"
    " (select conversation_id from conversation_participants where user_id = %s) order by id",
)


def spoilt_app(settings: Settings) -> Starlette:
    return app_exporting(settings, "messages", WHOLE)


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, app_factory="chaos.defects.export_of_whole_conversations:spoilt_app")


DEFECT = Defect(
    title="An export holds what others wrote in one's conversations",
    drill="export-is-complete",
    caught_by="observed others-in-export",
    spoil=spoil,
)
