"""Whoever is refused is logged with what he gave as his token: to find out why, and for one sprint only."""

from starlette.types import ASGIApp, Message, Scope

from chaos.answers import altering
from chaos.crashing import app_with_crashes
from harness.defect import Defect, serving
from target.observability.logs import log
from target.settings import Settings


def logging(scope: Scope, start: Message) -> None:
    if start["status"] == 401:
        given = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        log.warning("refused", given=given.rpartition(" ")[2])


def spoilt_app(settings: Settings) -> ASGIApp:
    return altering(app_with_crashes(settings), logging)


DEFECT = Defect(
    title="A token that is refused is logged",
    drill="logs-hold-no-secrets",
    caught_by="observed logged-canaries",
    spoil=serving(spoilt_app),
)
