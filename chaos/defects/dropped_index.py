"""An index that is not there: a migration that was never run, or was undone by hand."""

from contextlib import suppress

import msgspec
import psycopg
from starlette.applications import Starlette

from harness.defect import Defect
from harness.stacks.plan import StackPlan
from target.app import create_app
from target.settings import Settings


def spoilt_app(settings: Settings) -> Starlette:
    # All instances do it when they start; one of them finds the index.
    with suppress(psycopg.Error), psycopg.connect(settings.database.conninfo, autocommit=True) as connection:
        connection.execute("drop index if exists idx_message_conversation")
    return create_app(settings)


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, app_factory="chaos.defects.dropped_index:spoilt_app")


DEFECT = Defect(
    title="idx_message_conversation is missing", drill="indexes", caught_by="observed index-exists", spoil=spoil
)
