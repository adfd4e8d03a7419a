"""Every origin is told that it is allowed: the shortest way to make an error in the browser go away."""

from starlette.applications import Starlette

from chaos.lax_origins import app_allowing
from harness.defect import Defect, serving
from target.settings import Settings


def spoilt_app(settings: Settings) -> Starlette:
    return app_allowing(settings, lambda _origin, _known: True)


DEFECT = Defect(
    title="Every origin is allowed",
    drill="foreign-origins",
    caught_by="observed foreign-origin",
    spoil=serving(spoilt_app),
)
