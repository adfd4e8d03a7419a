"""From a --stack to the context that the conductor opens."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

from harness.cli.options import ATTACH, COMPOSE, EMBEDDED, OWN
from harness.conductor.conduct import OpenStack, does_not_fit
from harness.defect import Defect
from harness.drill import Drill
from harness.errors import Interrupted, NotApplicable
from harness.progress.base import Progress
from harness.run import EventLog
from harness.settings import Settings
from harness.stack import Containers, Processes, Stack
from harness.stacks.embedded.stack import EmbeddedStack
from harness.stacks.files import ProjectFiles
from harness.stacks.lock import stack_lock
from harness.stacks.plan import StackPlan
from harness.stacks.remote import RemoteStack
from harness.uncancelled import INTERRUPTION

T = TypeVar("T")

LACKING: dict[str, type[object]] = {EMBEDDED: Containers, COMPOSE: Processes}
"""What no fault can have of a stack of this kind: known before it starts."""


def stack_opener(stack: str, settings: Settings, purpose: str, plan: StackPlan | None = None) -> OpenStack:
    """Raises UsageError at once for a URL that load may not go to."""
    if stack == EMBEDDED:

        def open_embedded(folder: Path, events: EventLog, progress: Progress) -> EmbeddedStack:
            return EmbeddedStack(plan or StackPlan(), settings.servers, folder, events, progress.say, purpose)

        return open_embedded
    if stack == COMPOSE:
        return _compose_opener(settings, purpose, plan or StackPlan())
    if stack.startswith(ATTACH):
        return _attaching_opener(stack.removeprefix(ATTACH), purpose)
    return _remote_opener(stack, settings, purpose)


def _compose_opener(settings: Settings, purpose: str, plan: StackPlan) -> OpenStack:
    # Only where it is asked for: the client of Docker is a large library.
    from harness.stacks.compose.stack import ComposeStack

    def open_compose(folder: Path, events: EventLog, progress: Progress) -> ComposeStack:
        return ComposeStack(plan, Path(settings.compose.file), folder, events, progress.say, purpose)

    return open_compose


def _attaching_opener(project: str, purpose: str) -> OpenStack:
    from harness.stacks.compose.attached import AttachedStack

    def open_attached(folder: Path, events: EventLog, progress: Progress) -> AttachedStack:
        return AttachedStack(project, folder, events, progress.say, purpose)

    return open_attached


def _remote_opener(url: str, settings: Settings, purpose: str) -> OpenStack:
    remote = RemoteStack(url, settings.remote)

    @asynccontextmanager
    async def open_remote(folder: Path, events: EventLog, progress: Progress) -> AsyncIterator[Stack]:
        with stack_lock(remote.id, purpose):
            async with remote:
                yield remote

    return open_remote


def opener_for(drill: Drill, stack: str, settings: Settings, purpose: str, defect: Defect | None = None) -> OpenStack:
    """What a drill runs on: the stack that was asked for, as the drill wants it and a defect has spoilt it.

    Raises UsageError for a URL that load may not go to, NotApplicable for a drill that wants what a stack that runs
    already cannot give.
    """
    if not drill.needs_stack:

        def open_files(folder: Path, events: EventLog, progress: Progress) -> ProjectFiles:
            return ProjectFiles(Path.cwd(), folder, purpose, defect.spoil_files if defect else None)

        return open_files
    if drill.on is not None and stack not in OWN:
        raise NotApplicable(
            f"{drill.name} wants a stack that is set up for it, and {stack} runs already",
            "run it with --stack embedded or --stack compose, which the harness starts itself",
        )
    for fault in drill.faults:
        if fault.wants is LACKING.get(stack):
            raise does_not_fit(drill, fault, stack)
        if "://" in stack:
            raise does_not_fit(drill, fault, "remote")
    plan = drill.on(StackPlan()) if drill.on else StackPlan()
    if drill.hops:
        plan = msgspec.structs.replace(plan, hops=drill.hops)
    return stack_opener(stack, settings, purpose, defect.spoil(plan) if defect else plan)


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
                task.cancel(INTERRUPTION)
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
