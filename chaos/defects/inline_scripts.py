"""Pages for people allow inline scripts, since one of them needed one: the policy no longer stops a stored script."""

from starlette.types import ASGIApp, Message, Scope

from chaos.answers import altering
from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings

POLICY = b"content-security-policy"


def loosened(scope: Scope, start: Message) -> None:
    if scope["path"].endswith("/page"):
        start["headers"] = [
            (name, value.rstrip(b"; ") + b"; script-src 'unsafe-inline'") if name == POLICY else (name, value)
            for name, value in start["headers"]
        ]


def spoilt_app(settings: Settings) -> ASGIApp:
    return altering(create_app(settings), loosened)


DEFECT = Defect(
    title="Pages allow inline scripts",
    drill="security-headers",
    caught_by="observed headers-missing",
    spoil=serving(spoilt_app),
)
