"""The export takes comments from one's own posts, and forgets those under the posts of others."""

import msgspec
from starlette.applications import Starlette

from chaos.respelt import app_exporting
from harness.defect import Defect
from harness.stacks.plan import StackPlan
from target.db.pool import Query
from target.settings import Settings

OWN_THREADS = Query(
    "export_comments",
    "select c.id, c.post_id, c.body, c.created_at from comments c join posts p on p.id = c.post_id"
    " and p.author_id = c.author_id where c.author_id = %s order by c.id",
)


def spoilt_app(settings: Settings) -> Starlette:
    return app_exporting(settings, "comments", OWN_THREADS)


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, app_factory="chaos.defects.export_of_own_threads:spoilt_app")


DEFECT = Defect(
    title="An export lacks the comments under others' posts",
    drill="export-is-complete",
    caught_by="observed rows-missing-from-export",
    spoil=spoil,
)
