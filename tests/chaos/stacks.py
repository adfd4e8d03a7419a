"""Stacks to harm, of each kind, with two instances."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from harness.run import EventLog
from harness.settings import ServerPaths
from harness.stack import Deployable
from harness.stacks.embedded.stack import EmbeddedStack
from harness.stacks.plan import StackPlan
from tests.docs.pages import ROOT

EMBEDDED, COMPOSE = "embedded", "compose"


@asynccontextmanager
async def started(kind: str, folder: Path) -> AsyncIterator[Deployable]:
    # A drain that is as short as one can be, and still be one.
    plan = StackPlan(instances=2, drain_s=0.2)
    events = EventLog(folder)
    try:
        if kind == COMPOSE:
            from harness.stacks.compose.stack import ComposeStack

            async with ComposeStack(plan, ROOT / "docker-compose.yml", folder, events, lambda _: None) as containers:
                yield containers
        else:
            async with EmbeddedStack(plan, ServerPaths(), folder, events, lambda _: None) as processes:
                yield processes
    finally:
        events.close()
