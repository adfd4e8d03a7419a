"""Doing several things at once, as starting the servers of a stack."""

import asyncio
from collections.abc import Coroutine

from harness.errors import HarnessError


async def together(*tasks: Coroutine[object, object, None]) -> None:
    """All at once; when one fails the others are given up, and its error is the one that is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            for task in tasks:
                group.create_task(task)
    except* HarnessError as errors:
        raise _first(errors) from None


def _first(errors: BaseExceptionGroup[HarnessError]) -> HarnessError:
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, HarnessError)
    return error
