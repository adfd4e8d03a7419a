"""A withdrawal changes the consent in place: that it was ever given, and when, is lost."""

import msgspec
from starlette.applications import Starlette

from harness.defect import Defect
from harness.stacks.plan import StackPlan
from target.app import create_app
from target.db.pool import Query
from target.privacy import consents
from target.settings import Settings

IN_PLACE = Query(
    "withdraw_consent",
    "update consents set granted = false where user_id = %s and purpose = %s"
    " returning purpose, version, granted, created_at",
)


def spoilt_app(settings: Settings) -> Starlette:
    consents._WITHDRAW = IN_PLACE
    return create_app(settings)


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, app_factory="chaos.defects.consent_overwritten:spoilt_app")


DEFECT = Defect(
    title="A withdrawal overwrites the consent",
    drill="consent-is-a-history",
    caught_by="observed decision-unchanged",
    spoil=spoil,
)
