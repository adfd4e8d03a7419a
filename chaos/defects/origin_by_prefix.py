"""Origins are compared by how they begin, so https://web.example.test.evil.example is one of ours."""

from starlette.applications import Starlette

from chaos.lax_origins import app_allowing
from harness.defect import Defect, serving
from target.settings import Settings


def spoilt_app(settings: Settings) -> Starlette:
    return app_allowing(settings, lambda origin, known: origin.startswith(tuple(known)))


DEFECT = Defect(
    title="Origins are compared by how they begin",
    drill="foreign-origins",
    caught_by="observed foreign-origin",
    spoil=serving(spoilt_app),
)
