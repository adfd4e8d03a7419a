"""A withdrawal changes the consent in place: that it was ever given, and when, is lost."""

from starlette.applications import Starlette

from harness.defect import Defect, serving
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


DEFECT = Defect(
    title="A withdrawal overwrites the consent",
    drill="consent-is-a-history",
    caught_by="observed decision-unchanged",
    spoil=serving(spoilt_app),
)
