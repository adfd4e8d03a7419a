"""From a --stack to the context that the conductor opens."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from harness.conductor.conduct import OpenStack
from harness.errors import Interrupted
from harness.progress.base import Progress
from harness.run import EventLog
from harness.settings import Settings
from harness.stack import Stack
from harness.stacks.embedded.stack import EmbeddedStack
from harness.stacks.lock import stack_lock
from harness.stacks.plan import StackPlan
from harness.stacks.remote import RemoteStack

T = TypeVar("T")


def stack_opener(stack: str, settings: Settings, purpose: str, plan: StackPlan | None = None) -> OpenStack:
    """Raises UsageError at once for a URL that load may not go to."""
    if stack != "embedded":
        remote = RemoteStack(stack, settings.remote)

        @asynccontextmanager
        async def open_remote(folder: Path, events: EventLog, progress: Progress) -> AsyncIterator[Stack]:
            with stack_lock(remote.id, purpose):
                async with remote:
                    yield remote

        return open_remote

    def open_embedded(folder: Path, events: EventLog, progress: Progress) -> EmbeddedStack:
        return EmbeddedStack(plan or StackPlan(), settings.servers, folder, events, progress.say, purpose)

    return open_embedded


def run_interruptibly(work: Coroutine[object, object, T]) -> T:
    """Runs to the end. The first Ctrl-C or SIGTERM cancels the work, which heals and stops; more change nothing."""

    async def main() -> T:
        loop = asyncio.get_running_loop()
        task = loop.create_task(work)
        asked = 0

        def interrupt() -> None:
            nonlocal asked
            asked += 1
            if asked == 1:
                task.cancel()
                _tell("interrupted: undoing what was harmed and stopping the stack …")
            else:
                _tell("still undoing; this takes a few seconds")

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, interrupt)
        try:
            return await task
        except asyncio.CancelledError:
            raise Interrupted("interrupted before anything was recorded") from None

    return asyncio.run(main())


def _tell(text: str) -> None:
    # The terminal may be what went away.
    with contextlib.suppress(OSError):
        print(f"harness: {text}", file=sys.stderr)
