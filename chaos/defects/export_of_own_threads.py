"""The export takes comments from one's own posts, and forgets those under the posts of others."""

from starlette.applications import Starlette

from chaos.respelt import app_exporting
from harness.defect import Defect, serving
from target.db.pool import Query
from target.settings import Settings

OWN_THREADS = Query(
    "export_comments",
    "select c.id, c.post_id, c.body, c.created_at from comments c join posts p on p.id = c.post_id"
    " and p.author_id = c.author_id where c.author_id = %s order by c.id",
)


def spoilt_app(settings: Settings) -> Starlette:
    return app_exporting(settings, "comments", OWN_THREADS)


DEFECT = Defect(
    title="An export lacks the comments under others' posts",
    drill="export-is-complete",
    caught_by="observed rows-missing-from-export",
    spoil=serving(spoilt_app),
)
