"""One clock for everything on a machine: CLOCK_MONOTONIC in integer nanoseconds.

All processes of a machine share it, and stepping the wall clock does not move it.
"""

import time
from datetime import UTC, datetime, timedelta

import msgspec

NS = 1_000_000_000

now = time.monotonic_ns


def seconds(ns: int) -> float:
    return ns / NS


def nanoseconds(seconds: float) -> int:
    return round(seconds * NS)


def at_wall_time(ns: int) -> int:
    """When it was, or will be, so late by the machine's wall clock (ns since 1970), both clocks being read now."""
    return now() - (time.time_ns() - ns)


class ClockOffset(msgspec.Struct, frozen=True):
    """The same instant read on both clocks: what turns a recording's times into UTC."""

    monotonic_ns: int
    utc: str

    @classmethod
    def read(cls) -> "ClockOffset":
        return cls(now(), datetime.now(UTC).isoformat(timespec="microseconds"))

    def utc_at(self, monotonic_ns: int) -> datetime:
        return datetime.fromisoformat(self.utc) + timedelta(microseconds=(monotonic_ns - self.monotonic_ns) / 1000)
