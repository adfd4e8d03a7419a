"""What is revoked is known to the process that did it, and to nobody else."""

import time

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.revocations import Revocations
from target.settings import Settings


async def remember(revocations: Revocations, token_id: str, seconds: int) -> None:
    revocations._until[token_id] = time.time() + max(seconds, 1)


def spoilt_app(settings: Settings) -> Starlette:
    # This process runs nothing but the spoilt target.
    Revocations.revoke = remember  # type: ignore[method-assign, assignment]
    return create_app(settings)


DEFECT = Defect(
    title="A revocation stays in the memory of one instance",
    drill="revoke-token",
    caught_by="observed revoked-token",
    spoil=serving(spoilt_app),
)
