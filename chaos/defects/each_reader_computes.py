"""Nobody joins a computation that is under way: each reader who finds nothing in the cache asks the database."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.generations import CachedAnswers
from target.settings import Settings

COSTS_S = 0.05
"""As on a database with rows enough: with the few of a drill the first would have stored it before many others come."""


async def load_each_time(
    answers: CachedAnswers, generation: bytes, stored_key: str, load: Callable[[], Awaitable[bytes]]
) -> bytes:
    await asyncio.sleep(COSTS_S)
    return await answers._load_and_store(generation, stored_key, load)


def spoilt_app(settings: Settings) -> Starlette:
    # This process runs nothing but the spoilt target.
    CachedAnswers._load_once = load_each_time  # type: ignore[method-assign, assignment]
    return create_app(settings)


DEFECT = Defect(
    title="Each reader computes what the cache has lost",
    drill="flush-redis",
    caught_by="observed recomputations",
    spoil=serving(spoilt_app),
)
