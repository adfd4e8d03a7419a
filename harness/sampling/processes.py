"""CPU and memory of a server's processes, children included."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from harness.sampling.base import Reading, reading


class ProcessMeter:
    """`find_pid` is asked each time: a server that was restarted has another pid."""

    interval_s = 0.5

    def __init__(self, role: str, subject: str, find_pid: Callable[[], int | None]) -> None:
        self.role = role
        self.subject = subject
        self._find_pid = find_pid
        self._known: dict[int, psutil.Process] = {}

    async def read(self) -> Reading:
        """cpu_percent is of one core since the last reading; rss_bytes adds up the family, shared pages in each."""
        root_pid = self._find_pid()
        if root_pid is None:
            self._known.clear()
            return reading(self.role, self.subject, {"processes": 0})
        cpu = rss = fds = 0.0
        threads = 0
        try:
            family = [self._process(root_pid)]
        except psutil.Error:
            return reading(self.role, self.subject, {"processes": 0})
        for child in descendants(root_pid):
            with contextlib.suppress(psutil.Error):
                family.append(self._process(child))
        for process in family:
            try:
                with process.oneshot():
                    cpu += process.cpu_percent()
                    rss += process.memory_info().rss
                    fds += process.num_fds()
                    threads += process.num_threads()
            except psutil.Error:
                continue
        self._known = {process.pid: process for process in family}
        values = {
            "processes": len(family),
            "cpu_percent": cpu,
            "rss_bytes": rss,
            "fds": fds,
            "threads": threads,
        }
        return reading(self.role, self.subject, values)

    def _process(self, pid: int) -> psutil.Process:
        # psutil measures CPU since the last call on the same object, so the objects are kept.
        known = self._known.get(pid)
        return known if known is not None and known.is_running() else psutil.Process(pid)

    async def close(self) -> None:
        self._known.clear()


def descendants(pid: int) -> Iterator[int]:
    """All that a process has started, and what those have, as the kernel lists them; none of one that has ended.

    psutil asks every process of the machine for its parent, which takes a hundred times as long.
    """
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):
                for child in (task / "children").read_text().split():
                    yield int(child)
                    yield from descendants(int(child))
