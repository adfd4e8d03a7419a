"""Stacks to harm, of each kind, with two instances."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from harness.run import EventLog
from harness.settings import ServerPaths
from harness.stack import Deployable, Hop
from harness.stacks.embedded.stack import EmbeddedStack
from harness.stacks.plan import StackPlan, Tls
from tests.docs.pages import ROOT

EMBEDDED, COMPOSE = "embedded", "compose"
ENCRYPTED = "encrypted"
"""The embedded one, with TLS and, as that leaves no room for it, without the fault proxy."""


@asynccontextmanager
async def started(kind: str, folder: Path) -> AsyncIterator[Deployable]:
    # A drain that is as short as one can be, and still be one.
    plan = StackPlan(instances=2, drain_s=0.2, hops=tuple(Hop))
    if kind == ENCRYPTED:
        plan = msgspec.structs.replace(plan, hops=(), tls=Tls())
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
