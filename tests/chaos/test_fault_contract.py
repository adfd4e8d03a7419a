"""The contract that every fault keeps, on every stack that it can harm: tried with the EXAMPLE of each fault's file."""

import asyncio
import contextlib
import random
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

import chaos.faults
from harness import discovery
from harness.errors import UsageError
from harness.fault import Fault
from harness.run import EventLog
from harness.settings import Remote, ServerPaths
from harness.stack import Harmable
from harness.stacks.embedded.stack import EmbeddedStack
from harness.stacks.plan import StackPlan
from harness.stacks.remote import RemoteStack

EXAMPLES: list[Fault] = [module.EXAMPLE for module in discovery.load_all(chaos.faults)]
each_fault = pytest.mark.parametrize("fault", EXAMPLES, ids=lambda fault: fault.name)

QUESTIONS = {"app": b"GET /health/live HTTP/1.1\r\nHost: test\r\n\r\n", "cache": b"PING\r\n"}

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedStack]:
    folder = tmp_path_factory.mktemp("contract")
    events = EventLog(folder)
    async with EmbeddedStack(StackPlan(instances=2), ServerPaths(), folder, events, lambda _: None) as started:
        yield started
    events.close()


def aimed(fault: Fault, stack: Harmable, seed: int = 1) -> Fault:
    return fault.aimed(stack, random.Random(seed))


async def is_whole(stack: EmbeddedStack) -> bool:
    members = [name for role in stack.facts.members.values() for name in role]
    return all([await stack.serves(member) for member in members])


async def test_every_fault_file_has_an_example_of_its_own_kind() -> None:
    assert [fault.name for fault in EXAMPLES] == discovery.names(chaos.faults)


@each_fault
async def test_it_survives_being_written_down_and_read_again(fault: Fault, stack: EmbeddedStack) -> None:
    victim = aimed(fault, stack)
    again = msgspec.json.decode(msgspec.json.encode(victim), type=type(fault))
    assert again == victim
    assert again.undo() == victim.undo() != ""
    assert victim.target in victim.describe()


@each_fault
async def test_a_parameter_that_it_does_not_have_is_refused(fault: Fault, stack: EmbeddedStack) -> None:
    written = msgspec.to_builtins(aimed(fault, stack)) | {"no_such_parameter": 1}
    with pytest.raises(msgspec.ValidationError, match="no_such_parameter"):
        msgspec.convert(written, type(fault))


@each_fault
async def test_the_same_seed_aims_at_the_same_victim(fault: Fault, stack: EmbeddedStack) -> None:
    assert aimed(fault, stack, seed=5) == aimed(fault, stack, seed=5)


@each_fault
async def test_a_stack_without_the_role_cannot_be_aimed_at(fault: Fault) -> None:
    nowhere = RemoteStack("http://127.0.0.1:9", Remote())
    with pytest.raises(UsageError, match="to harm"):
        fault.aimed(nowhere, random.Random(1))


@each_fault
async def test_three_times_it_is_felt_and_three_times_it_is_gone(fault: Fault, stack: EmbeddedStack) -> None:
    victim = aimed(fault, stack)
    for _ in range(3):
        assert await is_whole(stack)
        felt = await victim.inject(stack)
        assert not await stack.serves(victim.target)
        assert felt.began <= felt.seen
        gone = await victim.heal(stack)
        assert gone.at > felt.seen
        assert await is_whole(stack)


@each_fault
async def test_a_connection_that_was_open_before_feels_it_too(fault: Fault, stack: EmbeddedStack) -> None:
    victim = aimed(fault, stack)
    reader, writer = await asyncio.open_connection(*stack.address(victim.target), family=socket.AF_INET)
    try:
        await victim.inject(stack)
        # Closed, reset or silent, as the harm may be: all but an answer.
        with contextlib.suppress(ConnectionError, TimeoutError):
            writer.write(QUESTIONS[victim.target.partition("-")[0]])
            async with asyncio.timeout(1):
                assert await reader.read(1) == b""
    finally:
        writer.close()
        await victim.heal(stack)


@each_fault
async def test_healing_what_was_never_harmed_changes_nothing(fault: Fault, stack: EmbeddedStack) -> None:
    victim = aimed(fault, stack)
    pids = stack.pids()
    await victim.heal(stack)
    assert stack.pids() == pids


@each_fault
async def test_harming_twice_and_healing_twice_is_as_good_as_once(fault: Fault, stack: EmbeddedStack) -> None:
    victim = aimed(fault, stack)
    await victim.inject(stack)
    await victim.inject(stack)
    await victim.heal(stack)
    pids = stack.pids()
    await victim.heal(stack)
    assert stack.pids() == pids
    assert await is_whole(stack)


@each_fault
async def test_healing_can_be_done_by_another_process_than_the_one_that_harmed(
    fault: Fault, stack: EmbeddedStack, tmp_path: Path
) -> None:
    victim = aimed(fault, stack)
    await victim.inject(stack)
    # All that a healer has is what the journal holds.
    journalled = tmp_path / "fault.json"
    journalled.write_bytes(msgspec.json.encode(victim))
    healer = msgspec.json.decode(journalled.read_bytes(), type=type(fault))
    await healer.heal(stack)
    assert await is_whole(stack)


async def test_two_faults_at_once_are_undone_last_first(stack: EmbeddedStack) -> None:
    victims = [aimed(fault, stack) for fault in EXAMPLES]
    for victim in victims:
        await victim.inject(stack)
    for victim in reversed(victims):
        await victim.heal(stack)
    assert await is_whole(stack)
