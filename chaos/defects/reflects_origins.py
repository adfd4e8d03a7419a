"""Every origin is told that it is allowed: the shortest way to make an error in the browser go away."""

import msgspec
from starlette.applications import Starlette

from chaos.lax_origins import app_allowing
from harness.defect import Defect
from harness.stacks.plan import StackPlan
from target.settings import Settings


def spoilt_app(settings: Settings) -> Starlette:
    return app_allowing(settings, lambda _origin, _known: True)


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, app_factory="chaos.defects.reflects_origins:spoilt_app")


DEFECT = Defect(
    title="Every origin is allowed",
    drill="foreign-origins",
    caught_by="observed foreign-origin",
    spoil=spoil,
)
