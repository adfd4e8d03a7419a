"""A page whose templates do not escape. Its Content-Security-Policy hides that from who only watches scripts run."""

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target import html
from target.app import create_app
from target.settings import Settings


def spoilt_app(settings: Settings) -> Starlette:
    environment, _policy = html._environment()
    environment.autoescape = False
    return create_app(settings)


DEFECT = Defect(
    title="The pages do not escape",
    drill="stored-scripts",
    caught_by="observed elements-added",
    spoil=serving(spoilt_app),
)
