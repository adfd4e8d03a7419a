"""What people write about themselves is shown as the markup it is, sanitised by nobody."""

import msgspec
from markupsafe import Markup
from starlette.applications import Starlette

from harness.defect import Defect
from harness.stacks.plan import StackPlan
from target import html
from target.app import create_app
from target.settings import Settings


def spoilt_app(settings: Settings) -> Starlette:
    environment, _policy = html._environment()
    environment.filters["sanitised"] = Markup
    return create_app(settings)


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, app_factory="chaos.defects.trusted_bio:spoilt_app")


DEFECT = Defect(
    title="Markup in a profile is trusted", drill="stored-scripts", caught_by="observed scripts-ran", spoil=spoil
)
