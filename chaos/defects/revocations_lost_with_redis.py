"""A Redis that comes back empty is believed: nobody writes again what was revoked before, or meanwhile."""

from collections.abc import Iterable

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.redis.address import Command
from target.revocations import Revocations
from target.settings import Settings


def nothing(_revocations: Revocations) -> Iterable[Command]:
    return ()


def spoilt_app(settings: Settings) -> Starlette:
    # This process runs nothing but the spoilt target.
    Revocations._all = nothing  # type: ignore[method-assign, assignment]
    return create_app(settings)


DEFECT = Defect(
    title="Revocations are not written again to a Redis that lost them",
    drill="revoke-token",
    caught_by="observed seconds-until-refused",
    spoil=serving(spoilt_app),
)
