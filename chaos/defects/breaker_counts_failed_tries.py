"""The breaker counts each try that failed, and of what went well nothing: five in all open it, whatever their share."""

from typing import TypeVar

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.external.breaker import FEWEST_CALLS, Breaker, State
from target.external.service import ExternalError, ExternalService
from target.settings import Settings

T = TypeVar("T")


class Counts(Breaker):
    failed = 0

    def count(self) -> None:
        self.failed += 1
        if self.failed >= FEWEST_CALLS and self.state is State.CLOSED:
            self.failed = 0
            self._become(State.OPEN)


def spoilt_app(settings: Settings) -> Starlette:
    tried = ExternalService._try

    async def try_once(self: ExternalService, path: str, body: object, gives: type[T], key: str | None) -> T:
        try:
            return await tried(self, path, body, gives, key)
        except ExternalError:
            assert isinstance(self._breaker, Counts)
            self._breaker.count()
            raise

    ExternalService._try = try_once  # type: ignore[method-assign]
    app = create_app(settings)
    app.state.services.ai._breaker.__class__ = Counts
    return app


DEFECT = Defect(
    title="The breaker counts failed tries, and no successes",
    drill="transient-errors",
    caught_by="unchanged breaker",
    spoil=serving(spoilt_app),
)
