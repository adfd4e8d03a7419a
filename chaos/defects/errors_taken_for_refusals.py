"""Only a broken connection is tried again: an answer of 500 is taken for the last word, as a refusal is."""

from typing import TypeVar

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.external.service import ExternalError, ExternalRefusal, ExternalService
from target.settings import Settings

T = TypeVar("T")


def spoilt_app(settings: Settings) -> Starlette:
    tried = ExternalService._try

    async def try_once(self: ExternalService, path: str, body: object, gives: type[T], key: str | None) -> T:
        try:
            return await tried(self, path, body, gives, key)
        except ExternalError as error:
            if str(error).startswith("status "):
                raise ExternalRefusal(str(error)) from None
            raise

    ExternalService._try = try_once  # type: ignore[method-assign]
    return create_app(settings)


DEFECT = Defect(
    title="A server's error is taken for a refusal, and not tried again",
    drill="transient-errors",
    caught_by="error-budget",
    spoil=serving(spoilt_app),
)
