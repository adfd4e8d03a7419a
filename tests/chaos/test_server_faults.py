"""What is particular to the faults of servers and their machine: which parameters they refuse, in which order they act,
and that a hog ends with whoever let it loose.
"""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence

import psutil
import pytest

from chaos.faults.expire_certificate import ExpireCertificate
from chaos.faults.flush import Flush
from chaos.faults.hog_cpu import HogCpu
from chaos.faults.kill_all import KillAll
from chaos.faults.restart import Restart
from chaos.faults.rolling_restart import RollingRestart
from chaos.faults.rotate_certificate import RotateCertificate
from chaos.poisons import poisons
from harness.errors import UsageError
from harness.fault import NotFelt, NotGone
from harness.stack import Role
from target.uploads.models import MAX_BYTES
from tests.chaos.test_faults import Paper
from tests.servers import until


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: Flush(Role.DB), "for the cache only"),
        (lambda: KillAll(roles=()), "kill-all names no role"),
        (lambda: HogCpu(Role.APP, hogs=0), "0 hogs cannot be let at a core: use 1 to 16"),
        (lambda: HogCpu(Role.APP, hogs=17), "17 hogs"),
        (lambda: ExpireCertificate(Role.LB, days=0), "expired 0 days ago"),
        (lambda: ExpireCertificate(Role.LB, days=4000), "expired 4000 days ago"),
        (lambda: ExpireCertificate(Role.LB, days=float("nan")), "expired nan days ago"),
        (lambda: ExpireCertificate(Role.APP), "the balancer is who shows a certificate, not app"),
        (lambda: RotateCertificate(Role.POOL), "not pool"),
    ],
)
def test_a_parameter_out_of_range_is_refused_when_the_fault_is_made(make: Callable[[], object], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        make()


def test_a_restart_says_what_it_is() -> None:
    restart = Restart(Role.DB, "db")
    assert (restart.name, restart.describe(), restart.undo()) == (
        "restart",
        "shut db down, to start it again",
        "start db again",
    )


class Told(Paper):
    """Notes what it was told to do; `stuck` takes connections whatever it is told."""

    def __init__(self, names: Sequence[str], stuck: str = "") -> None:
        super().__init__(names)
        self.told: list[str] = []
        self._stuck_at = stuck

    async def stop(self, member: str) -> int:
        self.told.append(f"stop {member}")
        return 100 + len(self.told)

    async def start(self, member: str) -> None:
        self.told.append(f"start {member}")

    async def accepts(self, member: str) -> bool:
        return member == self._stuck_at


async def test_a_rolling_restart_waits_for_each_instance_before_it_stops_the_next() -> None:
    stack = Told(["app-1", "app-2"])
    rolling = RollingRestart().aimed(stack, random.Random(1))
    felt = await rolling.inject(stack)
    assert stack.told == ["stop app-1", "start app-1", "stop app-2", "start app-2"]
    assert (felt.began, felt.evidence) == (101, "app-1, app-2 ended one after the other, and serve again")


async def test_an_instance_that_does_not_end_is_no_rolling_restart() -> None:
    stack = Told(["app-1", "app-2"], stuck="app-1")
    with pytest.raises(NotFelt, match="app-1 was asked to end, and its port still takes connections"):
        await RollingRestart().aimed(stack, random.Random(1)).inject(stack)


class Dead(Told):
    """Of two roles; `stuck` is never dead, `hurt` never serves again."""

    def __init__(self, stuck: str = "", hurt: str = "") -> None:
        super().__init__(["app-1", "app-2"], stuck)
        self._hurt = hurt

    def members(self, role: Role) -> Sequence[str]:
        return ["cache"] if role is Role.CACHE else super().members(role)

    async def kill(self, member: str) -> int:
        self.told.append(f"kill {member}")
        return 100 + len(self.told)

    async def serves(self, member: str) -> bool:
        return member != self._hurt


async def test_all_are_dead_before_it_is_felt_and_all_are_started_before_it_is_gone() -> None:
    stack = Dead()
    kill = KillAll(roles=(Role.APP, Role.CACHE)).aimed(stack, random.Random(1))
    felt = await kill.inject(stack)
    assert (felt.began, felt.evidence) == (103, "app-1, app-2, cache are dead and their ports refuse connections")
    gone = await kill.heal(stack)
    assert gone.evidence == "app-1, app-2, cache were started again and serve"
    members = ("app-1", "app-2", "cache")
    assert stack.told == [*(f"kill {member}" for member in members), *(f"start {member}" for member in members)]
    assert (kill.describe(), KillAll(roles=(Role.APP, Role.CACHE)).target) == (
        "kill app-1, app-2, cache at once",
        "every app, every cache",
    )


async def test_one_that_lives_on_or_does_not_come_back_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.fault.FELT_PATIENCE_S", 0.05)
    kill = KillAll(roles=(Role.APP, Role.CACHE))
    with pytest.raises(NotFelt, match="nothing was seen of kill app-1, app-2, cache at once"):
        await kill.aimed(Dead(), random.Random(1)).inject(Dead(stuck="cache"))
    with pytest.raises(NotGone, match="app-2 does not serve, after it was undone"):
        await kill.aimed(Dead(), random.Random(1)).heal(Dead(hurt="app-2"))
    with pytest.raises(UsageError, match="this stack has no pool to harm"):
        KillAll(roles=(Role.APP, Role.POOL)).aimed(Told(["app-1"]), random.Random(1))


def test_hogs_burn_the_core_that_they_were_given_and_end_with_whoever_let_them_loose() -> None:
    core = max(os.sched_getaffinity(0))
    environment = {"CORE": str(core), "HOGS": "2", "NICE": "19", "PATH": os.environ["PATH"]}
    hogs: list[psutil.Process] = []

    def burn() -> bool:
        hogs[:] = psutil.Process(companion.pid).children()
        return len(hogs) == 2 and all(hog.cpu_affinity() == [core] and hog.cpu_times().user > 0 for hog in hogs)

    with subprocess.Popen([sys.executable, "-m", "chaos.companions.hog_cpu"], env=environment) as companion:
        try:
            until(burn, "both burn their core")
        finally:
            companion.send_signal(signal.SIGKILL)
    until(lambda: not any(map(lives, hogs)), "they ended with it")


def lives(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def test_each_poison_is_a_request_of_its_own() -> None:
    names = [poison.name for poison in poisons()]
    assert len(set(names)) == len(names) >= 30
    for poison in poisons():
        head, _, body = poison.request("a-token").partition(b"\r\n\r\n")
        assert body == poison.body
        assert head.startswith(f"{poison.method} {poison.target} HTTP/1.1\r\nHost: ".encode())
        assert head.lower().count(b"\r\nauthorization:") == 1
        assert (f"Content-Length: {len(body)}".encode() in head) == (poison.method != "GET")
        # What is refused unread proves nothing.
        assert len(body) <= (MAX_BYTES if poison.target == "/uploads" else 64 * 1024)
