"""What is particular to one fault and needs no real stack: which parameters it refuses, in which order it acts."""

import random
from collections.abc import Callable, Sequence
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from chaos.faults.deploy import Deploy
from chaos.faults.drop import Drop
from chaos.faults.fill import Fill
from chaos.faults.no_dns import NOWHERE, nobody_s_address
from chaos.faults.out_of_memory import OutOfMemory
from chaos.faults.partition import Partition
from chaos.faults.throttle import Throttle
from harness.conductor.conduct import does_not_fit
from harness.drill import Drill, Load, fault, warm_up
from harness.errors import ExitStatus, UsageError
from harness.fault import NotFelt, NotGone, one
from harness.run import StackFacts
from harness.sampling.base import Meter
from harness.stack import Deployable, Role
from harness.traces import is_resolver_taken, resolver_given_back, resolver_taken
from tests.cli.commands import say
from tests.conductor.harnesses import Remains


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: Drop(Role.DB), "for the cache only"),
        (lambda: Partition(Role.APP, from_=Role.APP), "between app and itself"),
        (lambda: Throttle(Role.APP, cpus=0.0), r"to 0 CPUs: use 0\.01 to 1"),
        (lambda: Throttle(Role.APP, cpus=1.5), "to 1.5 CPUs"),
        (lambda: Throttle(Role.APP, cpus=float("nan")), "to nan CPUs"),
        (lambda: OutOfMemory(Role.APP, limit_mib=31), "to 31 MiB: use 32 to 4096"),
        (lambda: OutOfMemory(Role.APP, limit_mib=4097), "to 4097 MiB"),
        (lambda: Fill(Role.APP, path="tmp"), "'tmp' is not where a disk is mounted"),
        (lambda: Fill(Role.APP, path="/"), "'/' is not"),
        (lambda: Fill(Role.APP, path="/tmp/"), "'/tmp/' is not"),
        (lambda: Fill(Role.APP, path="/tmp/../etc"), "is not where"),
    ],
)
def test_a_parameter_out_of_range_is_refused_when_the_fault_is_made(make: Callable[[], object], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        make()


class Paper:
    """A Deployable on paper: `names` of instances, each with the version that it is of."""

    database_url: str | None = None
    versions = ("1", "2")
    url = "http://127.0.0.1:9"
    facts = StackFacts(kind="paper", url=url)

    def __init__(self, names: Sequence[str], stuck: str = "") -> None:
        self.running = dict.fromkeys(names, "1")
        self.deployed: list[tuple[str, str]] = []
        self._stuck = stuck

    def members(self, role: Role) -> Sequence[str]:
        return list(self.running) if role is Role.APP else ()

    def meters(self) -> Sequence[Meter]:
        return ()

    async def kill(self, member: str) -> int:
        raise NotImplementedError

    stop = pause = kill

    async def resume(self, member: str) -> None:
        raise NotImplementedError

    start = resume

    async def accepts(self, member: str) -> bool:
        return True

    serves = accepts

    async def version(self, member: str) -> str | None:
        return self.running[member]

    async def deploy(self, member: str, version: str) -> int:
        self.deployed.append((member, version))
        if member != self._stuck:
            self.running[member] = version
        return 100 + len(self.deployed)


async def test_a_deploy_goes_through_all_instances_and_began_with_the_first() -> None:
    stack = Paper(["app-1", "app-2", "app-3"])
    assert isinstance(stack, Deployable)
    deploy = Deploy().aimed(stack, random.Random(1))
    assert deploy.target == "app-1, app-2, app-3"
    felt = await deploy.inject(stack)
    assert stack.deployed == [("app-1", "2"), ("app-2", "2"), ("app-3", "2")]
    assert felt.began == 101
    assert felt.evidence == "app-1, app-2, app-3 are of version 2"
    gone = await deploy.heal(stack)
    assert stack.deployed[3:] == [("app-1", "1"), ("app-2", "1"), ("app-3", "1")]
    assert gone.evidence == "app-1, app-2, app-3 are of version 1 again"


async def test_a_deploy_that_leaves_an_instance_as_it_was_is_not_felt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.fault.FELT_PATIENCE_S", 0.05)
    stack = Paper(["app-1", "app-2"], stuck="app-2")
    with pytest.raises(NotFelt, match="nothing was seen of deploy app-1, app-2"):
        await Deploy().aimed(stack, random.Random(1)).inject(stack)


async def test_a_rollback_that_leaves_an_instance_as_it_was_is_not_gone() -> None:
    stack = Paper(["app-1", "app-2"], stuck="app-2")
    stack.running["app-2"] = "2"
    with pytest.raises(NotGone, match="app-2 does not say that it is of version 1"):
        await Deploy().aimed(stack, random.Random(1)).heal(stack)


def test_a_partition_needs_both_ends() -> None:
    with pytest.raises(UsageError, match="this stack has no cache to cut app-1 off from"):
        Partition(Role.APP, "app-1", from_=Role.CACHE).aimed(Paper(["app-1"]), random.Random(1))


def test_a_resolver_that_was_taken_is_given_back_letter_by_letter() -> None:
    own = "# by Docker\n\nnameserver 127.0.0.11\noptions ndots:0\n"
    taken = resolver_taken(own, "10.1.2.254")
    assert is_resolver_taken(taken)
    assert [line for line in taken.splitlines() if not line.startswith("#")] == ["nameserver 10.1.2.254"]
    assert resolver_given_back(taken) == own
    assert not is_resolver_taken(own)


ROUTES = """\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth1\t28D90B0A\t00000000\t0001\t0\t0\t0\tF8FFFFFF\t0\t0\t0
"""


def test_the_address_that_nobody_answers_at_is_the_last_of_a_network_that_the_member_is_on() -> None:
    address = nobody_s_address(ROUTES)
    assert address == "10.11.217.46"
    assert ip_address(address) in ip_network("10.11.217.40/29")
    assert nobody_s_address(ROUTES.splitlines()[0]) == NOWHERE


def test_a_stack_that_a_fault_cannot_harm_is_told_with_what_to_do() -> None:
    throttle = Throttle(Role.APP, one)
    drill = Drill(
        title="a drill",
        name="slow",
        loads=(Load(scenario="browse", rate=1),),
        timeline=(warm_up(1), fault(throttle, 1)),
        needs=(Role.APP,),
    )
    assert drill.wants == ("app", "containers")
    told = does_not_fit(drill, throttle, "embedded")
    assert told.what.startswith("slow is not applicable: throttle one app to 0.05 CPUs cannot be done to the embedded")
    assert (told.what.endswith("which does not run in containers"), told.todo) == (True, "run it with --stack compose")


def test_a_drill_in_containers_is_refused_on_child_processes_before_anything_starts(tmp_path: Path) -> None:
    remains = Remains()
    said = say("drill", "partition-cache", folder=tmp_path)
    assert said.status == ExitStatus.USAGE
    assert "partition-cache is not applicable: partition one app from cache cannot be done to the embedded" in said.err
    assert "run it with --stack compose" in said.err
    assert not (tmp_path / "runs").exists()
    remains.none_after(0)
