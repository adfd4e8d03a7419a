"""The contract that every fault keeps, on every stack that it can harm: tried with the EXAMPLE of each fault's file."""

import asyncio
import contextlib
import gc
import random
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

import chaos.faults
from chaos.by_proxy import ProxyFault
from chaos.faults.deploy import Deploy
from chaos.faults.drop import Drop
from chaos.faults.fill_clients import FillClients
from chaos.faults.kill import Kill
from chaos.faults.pause import Pause
from chaos.faults.rolling_restart import RollingRestart
from chaos.faults.stop import Stop
from harness import discovery
from harness.clock import now, seconds
from harness.errors import UsageError
from harness.fault import Fault
from harness.settings import Remote
from harness.stack import Containers, Deployable, Encrypted, Harmable, Inspectable, Processes, Proxied, Role
from harness.stacks.remote import RemoteStack
from tests.chaos.stacks import COMPOSE, EMBEDDED, ENCRYPTED, started

EXAMPLES: list[Fault] = [module.EXAMPLE for module in discovery.load_all(chaos.faults)]
ENDING = (Kill, Stop, Drop)
ROLLING = (Deploy, RollingRestart)
UNREACHABLE = (*ENDING, Pause)
"""Faults after which nobody answers at the victim's address."""

BEGAN_WITHIN_S = 5.0
"""Very generous: what this is like on a machine that is not busy with tests stands in benchmarks/RESULTS.md."""
FILLED_WITHIN_S = 20.0
"""A thousand clients log in to PgBouncer, which takes one after the other."""

QUESTIONS = {"app": b"GET /health/live HTTP/1.1\r\nHost: test\r\n\r\n", "cache": b"PING\r\n"}

pytestmark = pytest.mark.asyncio(loop_scope="module")


def can_harm(kind: str, fault: Fault) -> bool:
    if fault.wants is Encrypted or kind == ENCRYPTED:
        return fault.wants is Encrypted and kind == ENCRYPTED
    return fault.wants is not (Processes if kind == COMPOSE else Containers)


def on_each_stack(faults: list[Fault]) -> pytest.MarkDecorator:
    """Each of them on every kind of stack that it can harm."""
    pairs = [
        pytest.param(kind, fault, id=f"{kind}-{fault.name}", marks=[pytest.mark.docker] if kind == COMPOSE else [])
        for kind in (EMBEDDED, ENCRYPTED, COMPOSE)
        for fault in faults
        if can_harm(kind, fault)
    ]
    return pytest.mark.parametrize(("stack", "fault"), pairs, indirect=["stack"], scope="module")


each_fault = pytest.mark.parametrize("fault", EXAMPLES, ids=lambda fault: fault.name)
each_fault_on_each_stack = on_each_stack(EXAMPLES)
each_stack = pytest.mark.parametrize(
    "stack", [EMBEDDED, pytest.param(COMPOSE, marks=pytest.mark.docker)], indirect=True, scope="module"
)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Harmable]:
    if request.param == COMPOSE:
        request.getfixturevalue("images")
    async with started(request.param, tmp_path_factory.mktemp("contract")) as whole:
        yield whole


def aimed(fault: Fault, stack: Harmable, seed: int = 1) -> Fault:
    victim = fault.aimed(stack, random.Random(seed))
    # One after the other would only take longer: test_faults.py tries that.
    return msgspec.structs.replace(victim, instances=victim.instances[:1]) if isinstance(victim, ROLLING) else victim


def members(stack: Harmable) -> list[str]:
    return [name for role in Role for name in stack.members(role)]


async def is_whole(stack: Harmable) -> bool:
    return all([await stack.serves(member) for member in members(stack)])


async def lives(stack: Harmable) -> list[object]:
    """What differs once a member was started anew."""
    if not isinstance(stack, Containers):
        return [stack.pids()]  # type: ignore[attr-defined]  # of the embedded one
    states = [await stack.state(member) for member in members(stack)]
    # Each time that it is asked for, a time differs by some microseconds.
    return [msgspec.structs.replace(state, ended=state.ended and round(seconds(state.ended))) for state in states]


# -- as a value ---------------------------------------------------------------------------------------------


async def test_every_fault_file_has_an_example_of_its_own_kind() -> None:
    assert [fault.name for fault in EXAMPLES] == discovery.names(chaos.faults)


@each_fault
async def test_a_stack_without_the_role_cannot_be_aimed_at(fault: Fault) -> None:
    nowhere = RemoteStack("http://127.0.0.1:9", Remote())
    assert not isinstance(nowhere, fault.wants)
    with pytest.raises(UsageError, match="to harm"):
        fault.aimed(nowhere, random.Random(1))


@each_fault_on_each_stack
async def test_it_survives_being_written_down_and_read_again(fault: Fault, stack: Harmable) -> None:
    victim = aimed(fault, stack)
    again = msgspec.json.decode(msgspec.json.encode(victim), type=type(fault))
    assert again == victim
    assert again.undo() == victim.undo() != ""
    assert victim.target in victim.describe()


@each_fault_on_each_stack
async def test_a_parameter_that_it_does_not_have_is_refused(fault: Fault, stack: Harmable) -> None:
    written = msgspec.to_builtins(aimed(fault, stack)) | {"no_such_parameter": 1}
    with pytest.raises(msgspec.ValidationError, match="no_such_parameter"):
        msgspec.convert(written, type(fault))


@each_fault_on_each_stack
async def test_the_same_seed_aims_at_the_same_victim(fault: Fault, stack: Harmable) -> None:
    assert aimed(fault, stack, seed=5) == aimed(fault, stack, seed=5)


# -- done and undone ----------------------------------------------------------------------------------------


@each_fault_on_each_stack
async def test_three_times_it_is_felt_and_three_times_it_is_gone(fault: Fault, stack: Harmable) -> None:
    assert isinstance(stack, fault.wants)
    victim = aimed(fault, stack)
    for _ in range(3):
        assert await is_whole(stack)
        assert await victim.seen(stack) is None
        asked = now()
        felt = await victim.inject(stack)
        assert (await victim.seen(stack) is not None) == fault.lasts
        assert asked <= felt.began <= felt.seen <= now()
        assert seconds(felt.began - asked) < (FILLED_WITHIN_S if isinstance(victim, FillClients) else BEGAN_WITHIN_S)
        assert victim.target in felt.evidence
        assert not isinstance(victim, UNREACHABLE) or not await stack.serves(victim.target)
        gone = await victim.heal(stack)
        assert felt.seen < gone.at <= now()
        assert victim.target in gone.evidence
        assert await victim.seen(stack) is None
        assert await is_whole(stack)


@each_fault_on_each_stack
async def test_harming_twice_and_healing_twice_by_another_process_is_as_good_as_once(
    fault: Fault, stack: Harmable, tmp_path: Path
) -> None:
    victim = aimed(fault, stack)
    await victim.inject(stack)
    asked = now()
    again = await victim.inject(stack)
    # All that a healer has is what the journal holds.
    journalled = tmp_path / "fault.json"
    journalled.write_bytes(msgspec.json.encode(victim))
    healer = msgspec.json.decode(journalled.read_bytes(), type=type(fault))
    await healer.heal(stack)
    assert asked <= again.began <= again.seen
    assert await is_whole(stack)
    before = await lives(stack)
    await healer.heal(stack)
    assert await lives(stack) == before


@each_fault_on_each_stack
async def test_healing_what_was_never_harmed_changes_nothing(fault: Fault, stack: Harmable) -> None:
    before = await lives(stack)
    await aimed(fault, stack).heal(stack)
    assert await lives(stack) == before


@each_fault_on_each_stack
# A look at the database that is broken off leaves its connection to the collector.
@pytest.mark.filterwarnings("ignore:.*was deleted while still open:ResourceWarning")
async def test_whatever_breaks_off_the_harm_it_can_be_healed(fault: Fault, stack: Harmable) -> None:
    victim = aimed(fault, stack)
    for after_s in (0.0, 0.05):
        harming = asyncio.ensure_future(victim.inject(stack))
        await asyncio.wait({harming}, timeout=after_s)
        harming.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await harming
        await victim.heal(stack)
        assert await victim.seen(stack) is None
        assert await is_whole(stack)
    gc.collect()


@on_each_stack([fault for fault in EXAMPLES if isinstance(fault, UNREACHABLE)])
async def test_a_connection_that_was_open_before_feels_it_too(fault: Fault, stack: Harmable) -> None:
    victim = aimed(fault, stack)
    assert isinstance(stack, Inspectable)
    reader, writer = await asyncio.open_connection(*stack.address(victim.target), family=socket.AF_INET)
    try:
        await victim.inject(stack)
        # Closed, reset or silent, as the harm may be: all but an answer.
        with contextlib.suppress(OSError):
            writer.write(QUESTIONS[victim.target.partition("-")[0]])
            async with asyncio.timeout(1):
                assert await reader.read(1) == b""
    finally:
        writer.close()
        await victim.heal(stack)


@on_each_stack([fault for fault in EXAMPLES if isinstance(fault, ProxyFault)])
async def test_a_connection_that_is_open_through_the_proxy_feels_it(fault: ProxyFault, stack: Harmable) -> None:
    assert isinstance(stack, Proxied)
    ask = b"*2\r\n$4\r\nECHO\r\n$1000\r\n%b\r\n" % (b"x" * 1000)
    reader, writer = await asyncio.open_connection(*stack.hop_address(fault.hop))
    try:
        usual = await answered(reader, writer, ask)
        await fault.inject(stack)
        harmed = await answered(reader, writer, ask)
        assert usual is not None
        assert harmed is None or harmed > 10 * usual
    finally:
        writer.close()
        await fault.heal(stack)


async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, ask: bytes) -> float | None:
    """How long the answer to an ECHO takes (s); None when there is none within a second."""
    began = now()
    try:
        async with asyncio.timeout(1):
            writer.write(ask)
            await reader.readexactly(len(b"$1000\r\n") + 1000 + 2)
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return None
    return seconds(now() - began)


@each_stack
async def test_two_faults_at_once_are_undone_last_first(stack: Harmable) -> None:
    assert isinstance(stack, Deployable)
    first, second = stack.members(Role.APP)
    victims: list[Fault] = [Drop(Role.CACHE, "cache"), Stop(Role.APP, first), Pause(Role.APP, second)]
    for victim in victims:
        await victim.inject(stack)
    assert [await victim.seen(stack) is not None for victim in victims] == [True, True, True]
    for victim in reversed(victims):
        # An instance gets traffic whether or not the cache is there.
        await victim.heal(stack)
    assert await is_whole(stack)
