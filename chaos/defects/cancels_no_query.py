"""Who has waited long enough hangs up, and does not ask the database to stop: there the query waits on for its lock."""

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.db import deadline, pool
from target.settings import Settings


class HangsUp(deadline.Deadline):
    async def _end(self) -> None:
        self._ask_first = False
        await super()._end()


def spoilt_app(settings: Settings) -> Starlette:
    # This process runs nothing but the spoilt target.
    pool.Deadline = HangsUp  # type: ignore[attr-defined]
    return create_app(settings)


DEFECT = Defect(
    title="A query that took too long is not cancelled",
    drill="lock-table",
    caught_by="observed waiting-for-the-lock",
    spoil=serving(spoilt_app),
)
