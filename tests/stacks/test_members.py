"""What can be done to one member of the embedded stack, whichever server it is."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from harness.clock import now, seconds
from harness.errors import StackError
from harness.run import EventLog, ServerExited
from harness.run.events import read_events
from harness.settings import ServerPaths
from harness.stack import Deployable, Role
from harness.stacks.embedded.stack import EmbeddedStack
from harness.stacks.plan import StackPlan

MEMBERS = ["app-1", "cache", "db", "lb", "pool", "sinks", "upstream"]
PLAN = StackPlan(instances=1, drain_s=0.2)
QUICKLY_S = 3.0
"""Far less than the 8 s after which a server that does not listen is killed."""

pytestmark = pytest.mark.asyncio(loop_scope="module")
each_member = pytest.mark.parametrize("member", MEMBERS)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedStack]:
    folder = tmp_path_factory.mktemp("members")
    events = EventLog(folder)
    async with EmbeddedStack(PLAN, ServerPaths(), folder, events, lambda _: None) as started:
        yield started
    events.close()


def family(stack: EmbeddedStack, member: str) -> list[psutil.Process]:
    process = psutil.Process(stack.pids()[member])
    return [process, *process.children(recursive=True)]


@each_member
async def test_a_paused_one_keeps_its_door_open_and_answers_nobody_until_it_goes_on(
    stack: EmbeddedStack, member: str
) -> None:
    asked = now()
    began = await stack.pause(member)
    assert 0 <= seconds(began - asked) < 0.05
    assert {process.status() for process in family(stack, member)} == {psutil.STATUS_STOPPED}
    assert await stack.accepts(member)
    assert not await stack.serves(member)
    await stack.pause(member)
    await stack.resume(member)
    assert await stack.serves(member)
    await stack.resume(member)


@each_member
async def test_a_paused_one_stops_as_quickly_as_any(stack: EmbeddedStack, member: str) -> None:
    await stack.pause(member)
    asked = now()
    at = await stack.stop(member)
    assert 0 <= seconds(at - asked) < 0.05
    assert seconds(now() - asked) < QUICKLY_S
    assert not await stack.accepts(member)
    await stack.stop(member)
    await stack.start(member)
    assert await stack.serves(member)


@each_member
async def test_a_paused_one_that_is_killed_leaves_no_process_behind(stack: EmbeddedStack, member: str) -> None:
    await stack.pause(member)
    processes = family(stack, member)
    await stack.kill(member)
    _, left = psutil.wait_procs(processes[1:], timeout=QUICKLY_S)
    assert left == []
    await stack.start(member)
    assert await stack.serves(member)


async def test_one_that_does_not_run_can_be_paused_and_resumed_without_effect(stack: EmbeddedStack) -> None:
    await stack.kill("cache")
    await stack.pause("cache")
    await stack.resume("cache")
    assert not await stack.accepts("cache")
    await stack.start("cache")


async def test_an_instance_is_replaced_by_the_next_version_and_back(stack: EmbeddedStack) -> None:
    assert isinstance(stack, Deployable)
    first, following = stack.versions
    assert (await stack.version("app-1"), following) == (first, f"{first}-next")
    pids = stack.pids()
    await stack.deploy("app-1", following)
    assert (await stack.version("app-1"), await stack.serves("app-1")) == (following, True)
    changed = {name for name, pid in stack.pids().items() if pid != pids[name]}
    assert changed == {"app-1"}
    pids = stack.pids()
    asked = now()
    assert await stack.deploy("app-1", following) >= asked
    assert stack.pids() == pids
    # A version stays over a start.
    await stack.kill("app-1")
    assert await stack.version("app-1") is None
    await stack.start("app-1")
    assert await stack.version("app-1") == following
    await stack.deploy("app-1", first)
    assert await stack.version("app-1") == first


@pytest.mark.parametrize(
    ("member", "version", "why"),
    [("app-1", "9", "there is no version '9'"), ("cache", "9", "cache is not an instance"), ("app-7", "9", "app-7")],
)
async def test_what_cannot_be_deployed_is_refused(stack: EmbeddedStack, member: str, version: str, why: str) -> None:
    with pytest.raises(StackError, match=why):
        await stack.deploy(member, version)


async def test_a_stack_whose_members_are_all_paused_stops_at_once_and_expected_every_end(tmp_path: Path) -> None:
    events = EventLog(tmp_path)
    async with EmbeddedStack(PLAN, ServerPaths(), tmp_path, events, lambda _: None) as stack:
        for member in MEMBERS:
            await stack.pause(member)
        processes = [process for member in MEMBERS for process in family(stack, member)]
        began = time.monotonic()
    assert time.monotonic() - began < 2 * QUICKLY_S
    assert not [process for process in processes if process.is_running()]
    events.close()
    assert [event for event in read_events(tmp_path) if isinstance(event, ServerExited)] == []


async def test_a_member_is_reached_only_by_a_name_that_there_is(stack: EmbeddedStack) -> None:
    assert list(stack.members(Role.APP)) == ["app-1"]
    with pytest.raises(StackError, match="no member 'app-2'"):
        await stack.pause("app-2")
