"""The image is built without its version, so every error is of release 0.0.0."""

from dataclasses import replace

import msgspec
from starlette.applications import Starlette

from chaos.crashing import app_with_crashes
from harness.defect import Defect
from harness.stacks.plan import StackPlan
from target.settings import Settings


def spoilt_app(settings: Settings) -> Starlette:
    return app_with_crashes(replace(settings, app_version="0.0.0"))


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, app_factory="chaos.defects.forgets_the_release:spoilt_app")


DEFECT = Defect(
    title="Errors reach Sentry without their release",
    drill="errors-reach-sentry-once",
    caught_by="observed sentry-context-wrong",
    spoil=spoil,
)
