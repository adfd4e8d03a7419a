"""Every try has an idempotency key of its own: to the service each is another order."""

import uuid
from typing import TypeVar

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.external.service import ExternalService
from target.settings import Settings

T = TypeVar("T")


def spoilt_app(settings: Settings) -> Starlette:
    once = ExternalService._try

    async def with_a_new_key(self: ExternalService, path: str, body: object, gives: type[T], key: str | None) -> T:
        return await once(self, path, body, gives, key and uuid.uuid4().hex)

    ExternalService._try = with_a_new_key  # type: ignore[method-assign]
    return create_app(settings)


DEFECT = Defect(
    title="Each try has a key of its own",
    drill="retry-storm",
    caught_by="sent-once",
    spoil=serving(spoilt_app),
)
