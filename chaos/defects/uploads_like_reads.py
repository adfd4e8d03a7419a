"""The limit for uploads was forgotten: they may be as many as any other request."""

from dataclasses import replace

import msgspec
from starlette.applications import Starlette

from harness.defect import Defect
from harness.stacks.plan import StackPlan
from target.app import create_app
from target.settings import Settings


def spoilt_app(settings: Settings) -> Starlette:
    return create_app(replace(settings, upload_rate_limit=settings.rate_limit))


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, app_factory="chaos.defects.uploads_like_reads:spoilt_app")


DEFECT = Defect(
    title="Uploads have no limit of their own",
    drill="rate-limits",
    caught_by="observed uploads-in-a-minute",
    spoil=spoil,
)
