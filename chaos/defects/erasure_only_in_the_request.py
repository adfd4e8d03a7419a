"""Whoever is asked erases, and nobody else: when that instance dies the wish is written down, and stays so."""

import asyncio

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.privacy import erasure
from target.services import Services
from target.settings import Settings

EVERY_S = 1.0


async def only_close(here: Services) -> None:
    while True:
        await asyncio.sleep(EVERY_S)
        await erasure.finish_erased(here)


def spoilt_app(settings: Settings) -> Starlette:
    erasure.work = only_close
    return create_app(settings)


DEFECT = Defect(
    title="An erasure that was interrupted is never taken up",
    drill="erase-halfway",
    caught_by="observed traces-in-database",
    spoil=serving(spoilt_app),
)
