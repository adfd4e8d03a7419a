"""Every error that a person can cause or meet, and the exit status that goes with it.

    HarnessError            what is wrong, where, and what to do; never shown with a traceback
    ├── UsageError          2  a name, flag, value or setting that cannot be used
    │   └── NotApplicable      the stack has not what a drill needs; among several drills, only that one is left out
    ├── InconclusiveError   3  the measurement itself is not valid
    ├── StackError          4  the stack could not start, or could not be reached
    └── Interrupted       130  a person or a supervisor stopped the run

A check that fails is not an error: it is a finding, and its exit status is 1.
"""

from enum import IntEnum


class ExitStatus(IntEnum):
    """The exit status of every command. `harness --help` prints this table."""

    PASS = 0
    FAIL = 1
    USAGE = 2
    INCONCLUSIVE = 3
    STACK = 4
    INTERRUPTED = 130

    @property
    def meaning(self) -> str:
        return _MEANINGS[self]


_MEANINGS = {
    ExitStatus.PASS: "everything that was checked holds",
    ExitStatus.FAIL: "a check failed",
    ExitStatus.USAGE: "wrong usage or configuration",
    ExitStatus.INCONCLUSIVE: "inconclusive: the measurement itself is not valid",
    ExitStatus.STACK: "the stack could not start or be reached",
    ExitStatus.INTERRUPTED: "interrupted (faults were healed first)",
}


class HarnessError(Exception):
    """`what` says what is wrong and where; `todo` says what to do about it."""

    status = ExitStatus.INCONCLUSIVE

    def __init__(self, what: str, todo: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.todo = todo

    def __str__(self) -> str:
        return f"{self.what}: {self.todo}" if self.todo else self.what


class UsageError(HarnessError):
    status = ExitStatus.USAGE


class NotApplicable(UsageError):
    """Never a pass: a drill that this stack cannot run."""


class InconclusiveError(HarnessError):
    status = ExitStatus.INCONCLUSIVE


class StackError(HarnessError):
    status = ExitStatus.STACK


class Interrupted(HarnessError):
    status = ExitStatus.INTERRUPTED
