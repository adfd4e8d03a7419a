"""Waking at an instant, to some tens of microseconds.

gevent's own timers round up to whole milliseconds, which would be half a millisecond of lag on every arrival. The
kernel's timer takes an absolute time on the run's own clock, so what the loop does in between does not add up.
"""

import ctypes
import os
from time import monotonic_ns

from gevent import get_hub
from gevent import sleep as gevent_sleep

NS = 1_000_000_000
CLOCK_MONOTONIC = 1
TFD_NONBLOCK = os.O_NONBLOCK
TFD_CLOEXEC = os.O_CLOEXEC
TFD_TIMER_ABSTIME = 1
READ = 1


class _TimeSpec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Timer(ctypes.Structure):
    _fields_ = (("interval", _TimeSpec), ("value", _TimeSpec))


class Alarm:
    """One per greenlet that waits."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._file = -1
        if hasattr(self._libc, "timerfd_create"):
            self._file = self._libc.timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)
        self._watcher = get_hub().loop.io(self._file, READ) if self._file >= 0 else None

    def wait_until(self, t: int) -> None:
        """Returns when the clock has reached `t` (ns), at once when it has already."""
        rest = t - monotonic_ns()
        if rest <= 0:
            return
        if self._watcher is None:
            gevent_sleep(rest / NS)
            return
        timer = _Timer(_TimeSpec(0, 0), _TimeSpec(t // NS, t % NS))
        self._libc.timerfd_settime(self._file, TFD_TIMER_ABSTIME, ctypes.byref(timer), None)
        get_hub().wait(self._watcher)
        os.read(self._file, 8)

    def close(self) -> None:
        if self._watcher is not None:
            self._watcher.stop()
            self._watcher.close()
            os.close(self._file)
            self._watcher = None
