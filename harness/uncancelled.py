"""Work that must be done once it has begun: healing, stopping."""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")


async def to_the_end(work: Coroutine[object, object, T]) -> T:
    """Awaits the work, also when asked to stop meanwhile: the cancellation is raised when the work is done."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
        except Exception:
            break
    if cancelled is not None and not task.cancelled():
        # Asked for, so that an error of the work is not said to have been missed.
        task.exception()
        raise cancelled
    return task.result()
