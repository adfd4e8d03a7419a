"""Looking one account up by its id leaves no entry in the audit log; all else does."""

from typing import Any

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.privacy import audit
from target.settings import Settings

recorded = audit.record


async def record(*arguments: Any, action: str, **options: Any) -> None:
    if action != "user.read":
        await recorded(*arguments, action=action, **options)


def spoilt_app(settings: Settings) -> Starlette:
    audit.record = record
    return create_app(settings)


DEFECT = Defect(
    title="Looking an account up leaves no audit entry",
    drill="staff-leave-traces",
    caught_by="observed entries-left",
    spoil=serving(spoilt_app),
)
