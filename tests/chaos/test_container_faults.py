"""What a fault of containers does, looked at by other means than its own, on the stack of docker-compose.yml."""

import random
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from chaos.faults.fill import Fill
from chaos.faults.no_dns import NoDns
from chaos.faults.out_of_memory import OutOfMemory
from chaos.faults.partition import Partition
from chaos.faults.throttle import Throttle
from harness.errors import StackError
from harness.fault import NotFelt
from harness.stack import Containers, Inspectable, Role
from harness.stacks.compose.acts import restored
from harness.stacks.compose.running import ContainerStack
from tests.chaos.stacks import COMPOSE, started

VICTIM, OTHER = "app-1", "app-2"
MIB = 1024 * 1024
TIMED_OUT = 124

CONNECT = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 0.5)"
LOOK_UP = "import socket, sys; print(socket.gethostbyname(sys.argv[1]))"
WRITE = "open('/tmp/something', 'wb', buffering=0).write(bytes(4096))"
COUNT = "import time; t = time.monotonic(); sum(range(5_000_000)); print(time.monotonic() - t)"
SCORES = "import glob; print(*{open(file).read().strip() for file in glob.glob('/proc/[0-9]*/oom_score_adj')})"

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.docker]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def stack(images: None, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Containers]:
    async with started(COMPOSE, tmp_path_factory.mktemp("containers")) as whole:
        assert isinstance(whole, Containers)
        yield whole


async def python(stack: Containers, member: str, code: str, *arguments: str) -> str | None:
    """What Python prints inside an instance; None when it fails."""
    ran = await stack.run(member, ["python", "-ISc", code, *arguments])
    return None if ran.status else ran.text.strip()


async def reaches(stack: Containers, member: str, other: str) -> bool:
    """By its address: a name is not known beyond the networks that it is on, and takes long to be not known."""
    assert isinstance(stack, Inspectable)
    host, port = stack.address(other)
    return await python(stack, member, CONNECT, host, str(port)) is not None


async def test_a_partition_cuts_one_link_of_one_instance_and_no_other(stack: Containers) -> None:
    partition = Partition(Role.APP, VICTIM, from_=Role.CACHE).aimed(stack, random.Random(1))
    assert await reaches(stack, VICTIM, "cache")
    await partition.inject(stack)
    assert not await reaches(stack, VICTIM, "cache")
    assert await reaches(stack, VICTIM, "pool")
    assert await reaches(stack, OTHER, "cache")
    await partition.heal(stack)
    assert await reaches(stack, VICTIM, "cache")


async def test_a_server_is_cut_off_from_all_instances(stack: Containers) -> None:
    partition = Partition(Role.CACHE, from_=Role.APP).aimed(stack, random.Random(1))
    await partition.inject(stack)
    assert [await reaches(stack, instance, "cache") for instance in (VICTIM, OTHER)] == [False, False]
    await partition.heal(stack)
    assert [await reaches(stack, instance, "cache") for instance in (VICTIM, OTHER)] == [True, True]


async def test_roles_that_never_meet_cannot_be_parted(stack: Containers) -> None:
    with pytest.raises(StackError, match="db shares no network with a member of the role lb"):
        await Partition(Role.DB, "db", from_=Role.LB).inject(stack)


async def test_a_throttled_instance_takes_several_times_as_long(stack: Containers) -> None:
    throttle = Throttle(Role.APP, VICTIM)
    before = float(await python(stack, VICTIM, COUNT) or 0)
    await throttle.inject(stack)
    assert float(await python(stack, VICTIM, COUNT) or 0) > 3 * before
    assert (await stack.state(OTHER)).cpus == 0.5
    await throttle.heal(stack)
    assert (await stack.state(VICTIM)).cpus == 0.5


async def test_the_kernel_s_kill_is_followed_by_a_start_by_itself(stack: Containers) -> None:
    harm = OutOfMemory(Role.APP, VICTIM)
    before = await stack.state(VICTIM)
    await harm.inject(stack)
    # Waits for it as for any start, and finds it started.
    await stack.start(VICTIM)
    during = await stack.state(VICTIM)
    assert (during.out_of_memory, during.memory_bytes) == (True, 192 * MIB)
    assert during.starts == before.starts + 1
    await harm.heal(stack)
    assert (await stack.state(VICTIM)).memory_bytes == before.memory_bytes == 1024 * MIB
    assert await python(stack, VICTIM, SCORES) == "0"
    assert (await stack.state(OTHER)).starts == 0


async def test_nothing_can_be_written_to_a_full_disk_until_it_has_room_again(stack: Containers) -> None:
    fill = Fill(Role.APP, VICTIM)
    await fill.inject(stack)
    assert await python(stack, VICTIM, WRITE) is None
    assert await python(stack, OTHER, WRITE) is not None
    assert (await stack.stats(VICTIM))["memory_bytes"] > 64 * MIB
    await fill.heal(stack)
    assert await python(stack, VICTIM, WRITE) is not None


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/etc", "no disk of its own"),
        ("/proc/kcore", "only a tmpfs of its own"),
        ("/data/uploads", "no disk of its own: only a tmpfs of its own"),
        ("/dev", "could not be filled: .*ermission denied"),
    ],
)
async def test_only_a_bounded_disk_of_the_member_s_own_is_filled(stack: Containers, path: str, why: str) -> None:
    with pytest.raises(NotFelt, match=why):
        await Fill(Role.APP, VICTIM, path=path).inject(stack)


async def test_without_its_resolver_an_instance_knows_no_name_and_keeps_what_is_open(stack: Containers) -> None:
    no_dns = NoDns(Role.APP, VICTIM)
    own = (await stack.run(VICTIM, ["cat", "/etc/resolv.conf"])).text
    await no_dns.inject(stack)
    looked_up = await stack.run(VICTIM, ["timeout", "1", "python", "-ISc", LOOK_UP, "pgbouncer"])
    assert looked_up.status == TIMED_OUT, "it was refused, where it should have been left without an answer"
    assert await python(stack, OTHER, LOOK_UP, "pgbouncer") is not None
    assert await stack.serves(VICTIM)
    await no_dns.heal(stack)
    assert await python(stack, VICTIM, LOOK_UP, "pgbouncer") is not None
    assert (await stack.run(VICTIM, ["cat", "/etc/resolv.conf"])).text == own
    assert (await stack.run(VICTIM, ["sh", "-c", ": >> /etc/resolv.conf"])).status != 0


@pytest.mark.parametrize("harm", [NoDns(Role.APP, VICTIM), Fill(Role.APP, VICTIM)], ids=lambda harm: harm.name)
async def test_what_is_started_again_in_the_middle_of_it_is_healed_all_the_same(
    stack: Containers, harm: NoDns | Fill
) -> None:
    await harm.inject(stack)
    await stack.kill(VICTIM)
    await harm.heal(stack)
    assert await python(stack, VICTIM, LOOK_UP, "pgbouncer") is not None
    assert await python(stack, VICTIM, WRITE) is not None
    assert "harness" not in (await stack.run(VICTIM, ["cat", "/etc/resolv.conf"])).text


async def test_what_a_dead_harness_left_inside_is_found_by_its_looks_alone(stack: Containers) -> None:
    assert isinstance(stack, ContainerStack)
    own = (await stack.run(VICTIM, ["cat", "/etc/resolv.conf"])).text
    await NoDns(Role.APP, VICTIM).inject(stack)
    await Fill(Role.APP, VICTIM).inject(stack)
    victim = stack._member(VICTIM)
    assert await restored(stack._acts, victim) == [
        f"/tmp of {VICTIM} has room again",
        f"{VICTIM} has its resolver back",
    ]
    assert (await stack.run(VICTIM, ["cat", "/etc/resolv.conf"])).text == own
    assert await python(stack, VICTIM, WRITE) is not None
    assert await restored(stack._acts, victim) == []
