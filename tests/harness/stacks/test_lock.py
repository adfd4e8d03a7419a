"""A stack is for one harness at a time."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.errors import StackError
from harness.stacks.lock import stack_lock
from tests.servers import until

HOLD = """
import sys
from harness.stacks.lock import stack_lock

with stack_lock("shared", "drill kill-instance"):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_harness() -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock until its stdin ends."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        try:
            yield holder
        finally:
            holder.kill()


def can_be_had(stack: str = "shared") -> bool:
    try:
        with stack_lock(stack, "test"):
            return True
    except StackError:
        return False


def test_a_second_holder_is_refused_and_told_who_has_it() -> None:
    with another_harness() as holder, pytest.raises(StackError) as error, stack_lock("shared", "verify"):
        pass
    assert re.fullmatch(
        rf"the stack shared is in use by process {holder.pid} \(harness drill kill-instance, "
        r"since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00\): wait for it, or stop it",
        str(error.value),
    )


def test_being_refused_does_not_take_the_holder_s_name_away() -> None:
    with another_harness() as holder:
        for _ in range(2):
            with pytest.raises(StackError, match=f"process {holder.pid} "), stack_lock("shared", "verify"):
                pass


def test_the_lock_is_gone_after_its_holder_was_killed() -> None:
    with another_harness() as holder:
        assert not can_be_had()
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait(20)
        until(can_be_had, "the lock is free")


def test_the_lock_is_gone_when_its_holder_ends() -> None:
    with another_harness() as holder:
        holder.communicate(timeout=20)
        assert holder.returncode == 0
        assert can_be_had()


def test_the_lock_is_gone_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), stack_lock("shared", "test"):
        raise ZeroDivisionError
    assert can_be_had()


def test_the_same_process_cannot_have_it_twice() -> None:
    refused = pytest.raises(StackError, match=rf"process {os.getpid()} \(harness drill steady, ")
    with stack_lock("shared", "drill steady"), refused, stack_lock("shared", "drill kill-instance"):
        pass
    assert can_be_had()


def test_different_stacks_are_locked_apart() -> None:
    with another_harness(), stack_lock("another", "test"):
        assert not can_be_had("shared")


def test_any_name_of_a_stack_is_one_file(own_state: Path) -> None:
    with stack_lock("staging.example:443/../../etc", "test"):
        [file] = (own_state / "readiness-harness" / "locks").iterdir()
        assert file.name == "staging.example_443_.._.._etc.lock"
