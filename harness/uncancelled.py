"""Work that must be done once it has begun: healing, stopping; and what of an interruption is left in its errors."""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")

INTERRUPTION = "by a person or a signal"
"""What the harness's task is cancelled with: tasks cancel each other, too, and time-outs do."""


def was_interrupted(error: BaseException) -> bool:
    """Whether an error came up while an interruption was on its way out, in whose place it then is."""
    before: BaseException | None = error
    while before is not None:
        if isinstance(before, asyncio.CancelledError) and INTERRUPTION in before.args:
            return True
        before = before.__context__
    return False


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
