"""Origins are compared by how they begin, so https://web.example.test.evil.example is one of ours."""

import msgspec
from starlette.applications import Starlette

from chaos.lax_origins import app_allowing
from harness.defect import Defect
from harness.stacks.plan import StackPlan
from target.settings import Settings


def spoilt_app(settings: Settings) -> Starlette:
    return app_allowing(settings, lambda origin, known: origin.startswith(tuple(known)))


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, app_factory="chaos.defects.origin_by_prefix:spoilt_app")


DEFECT = Defect(
    title="Origins are compared by how they begin",
    drill="foreign-origins",
    caught_by="observed foreign-origin",
    spoil=spoil,
)
