"""The watchdog: it outlives the harness, and ends what outlasts its longest duration."""

import os
import secrets
import signal
import subprocess
from pathlib import Path

import msgspec
import pytest

from chaos.faults.kill import Kill
from chaos.faults.stop import Stop
from harness.errors import StackError
from harness.heal import comes_late_s, heal_all
from harness.journal import Journal, unhealed
from harness.stack import Role
from harness.stacks.compose.acts import STOP_PATIENCE_S
from harness.stacks.compose.remains import SETTLES_S
from harness.stacks.embedded.children import MARK
from harness.stacks.records import StackRecord, records, started_at
from harness.watchdog import Watchdog
from tests.servers import until


def sleeper(stack_id: str = "") -> "subprocess.Popen[bytes]":
    """A process that would be there for a long time."""
    return subprocess.Popen(["sleep", "600"], env={MARK: stack_id})


def record_of(owner: "subprocess.Popen[bytes]", run: Path, stack_id: str) -> StackRecord:
    started = started_at(owner.pid)
    assert started is not None
    work = Path(os.environ["HARNESS_WORK"]) / stack_id
    work.mkdir()
    record = StackRecord(
        id=stack_id, kind="embedded", owner_pid=owner.pid, owner_started=started, work=str(work), run=str(run)
    )
    record.write()
    return record


def test_a_fault_that_outlasts_its_longest_duration_ends_the_harness(tmp_path: Path) -> None:
    owner = sleeper()
    record_of(owner, tmp_path, secrets.token_hex(6))
    journal = Journal(tmp_path)
    journal.injecting(1, Kill(Role.APP, "app-1"), longest_s=-1)
    with Watchdog(tmp_path):
        until(lambda: owner.poll() is not None, "the watchdog has ended it")
    assert owner.returncode == -signal.SIGKILL
    assert not unhealed(tmp_path)
    assert list(records()) == []


def test_a_fault_within_its_time_is_left_alone(tmp_path: Path) -> None:
    owner = sleeper()
    record = record_of(owner, tmp_path, secrets.token_hex(6))
    Journal(tmp_path).injecting(1, Kill(Role.APP, "app-1"), longest_s=600)
    with Watchdog(tmp_path) as watchdog:
        assert watchdog.alive
    assert owner.poll() is None
    owner.kill()
    owner.wait()
    record.forget()


def test_ctrl_c_in_its_terminal_does_not_end_it(tmp_path: Path) -> None:
    with Watchdog(tmp_path) as watchdog:
        until(lambda: _ignores(watchdog.pid, signal.SIGTERM), "it has started")
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(watchdog.pid, number)
        assert watchdog.alive


def test_heal_touches_nothing_of_a_harness_that_lives_and_everything_of_one_that_died(tmp_path: Path) -> None:
    stack_id = secrets.token_hex(6)
    owner, server, stranger = sleeper(), sleeper(stack_id), sleeper("another")
    record = record_of(owner, tmp_path, stack_id)
    assert heal_all() == []
    assert server.poll() is None
    owner.kill()
    owner.wait()
    said = heal_all()
    assert any(f"killed process {server.pid}" in line for line in said)
    assert server.wait() == -signal.SIGKILL
    assert stranger.poll() is None
    assert not Path(record.work).exists()
    assert list(records()) == []
    assert heal_all() == []
    stranger.kill()
    stranger.wait()


def test_undoing_waits_for_what_the_daemon_may_still_do(tmp_path: Path) -> None:
    assert comes_late_s(tmp_path / "nowhere") == comes_late_s(tmp_path) == 0
    journal = Journal(tmp_path)
    journal.injecting(1, Kill(Role.APP, "app-1"), longest_s=60)
    assert comes_late_s(tmp_path) == SETTLES_S
    journal.injecting(2, Stop(Role.APP, "app-2"), longest_s=60)
    assert comes_late_s(tmp_path) > STOP_PATIENCE_S
    journal.healed(2, by="a test")
    assert comes_late_s(tmp_path) == SETTLES_S
    journal.close()


def test_what_is_in_the_way_of_one_is_told_and_the_others_are_healed_and_it_stays_on_record(tmp_path: Path) -> None:
    owner, blocked, free = sleeper(), tmp_path / "blocked", tmp_path / "free"
    for run in (blocked, free):
        run.mkdir()
        record_of(owner, run, f"{run.name}-{secrets.token_hex(6)}")
    owner.kill()
    owner.wait()
    # Nothing can be written where the journal would be.
    (blocked / "journal.jsonl").mkdir()
    with pytest.raises(StackError, match=f"what {blocked} left could not be undone"):
        heal_all()
    assert [Path(record.run) for record in records()] == [blocked]
    (blocked / "journal.jsonl").rmdir()
    assert heal_all()
    assert list(records()) == []


def test_a_pid_that_was_given_to_somebody_else_is_not_taken_for_the_owner(tmp_path: Path) -> None:
    somebody = sleeper()
    record = record_of(somebody, tmp_path, secrets.token_hex(6))
    older = msgspec.structs.replace(record, owner_started=1.0)
    assert (record.owner_lives, older.owner_lives) == (True, False)
    somebody.kill()
    somebody.wait()
    assert [found.owner_lives for found in records()] == [False]
    record.forget()


def _ignores(pid: int, number: int) -> bool:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("SigIgn:"):
            return bool(int(line.split()[1], 16) >> (number - 1) & 1)
    return False
