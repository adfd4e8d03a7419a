"""What has no key is tried again like the rest: one person's opinion is counted three times."""

from typing import TypeVar

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.external.service import ExternalService
from target.settings import Settings

T = TypeVar("T")
TRIES = 3


def spoilt_app(settings: Settings) -> Starlette:
    tries_of = ExternalService._tries

    async def all_tries(
        self: ExternalService, path: str, body: object, gives: type[T], key: str | None, tries: int
    ) -> T:
        return await tries_of(self, path, body, gives, key, tries if key else TRIES)

    ExternalService._tries = all_tries  # type: ignore[method-assign]
    return create_app(settings)


DEFECT = Defect(
    title="Feedback is tried again",
    drill="retry-storm",
    caught_by="sent-once",
    spoil=serving(spoilt_app),
)
