"""What people write about themselves is shown as the markup it is, sanitised by nobody."""

from markupsafe import Markup
from starlette.applications import Starlette

from harness.defect import Defect, serving
from target import html
from target.app import create_app
from target.settings import Settings


def spoilt_app(settings: Settings) -> Starlette:
    environment, _policy = html._environment()
    environment.filters["sanitised"] = Markup
    return create_app(settings)


DEFECT = Defect(
    title="Markup in a profile is trusted",
    drill="stored-scripts",
    caught_by="observed scripts-ran",
    spoil=serving(spoilt_app),
)
