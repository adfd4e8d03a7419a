"""The limit for uploads was forgotten: they may be as many as any other request."""

from dataclasses import replace

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings


def spoilt_app(settings: Settings) -> Starlette:
    return create_app(replace(settings, upload_rate_limit=settings.rate_limit))


DEFECT = Defect(
    title="Uploads have no limit of their own",
    drill="rate-limits",
    caught_by="observed uploads-in-a-minute",
    spoil=serving(spoilt_app),
)
