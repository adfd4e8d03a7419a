"""What spoils a measurement: each spoils the real thing, at a moment that the drill itself tells."""

import asyncio
import ctypes
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

from harness.drill import Drill, Phase
from harness.progress.base import Progress
from harness.sampling.sampler import Sampler

LOAD_MODULE = "scenarios.clients.process"
HOGS = 3
WEAKEST = 19

SILENT = '''"""Clients who log in, and then send nothing."""

from locust import task

from scenarios.clients.accounts import log_in
from scenarios.clients.open_user import OpenUser


class Silent(OpenUser):
    def on_start(self):
        log_in(self.client)

    @task
    def wait(self):
        pass
'''

BREAKING_OFF = '''"""Clients who take an answer for another than it is, and break off."""

from locust import task

from scenarios.clients.open_user import OpenUser


class BreakingOff(OpenUser):
    @task
    def ask(self):
        answer = self.client.get("/health", name="GET /health")
        self.client.get(answer.json()["next"], name="GET what comes next")
'''

LEAVING = '''"""Clients whose process ends in mid run as if all was well."""

import os

from locust import task

from scenarios.clients.open_user import OpenUser


class Leaving(OpenUser):
    @task
    def leave(self):
        os._exit(0)
'''

SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile long *step;

__attribute__((constructor)) static void begin(void) {
    int file = open(getenv("CLOCK_STEP"), O_RDONLY);
    step = mmap(0, sizeof(long), PROT_READ, MAP_SHARED, file, 0);
    close(file);
}

int clock_gettime(clockid_t which, struct timespec *t) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int status = real(which, t);
    if ((which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE) && step) t->tv_sec += *step;
    return status;
}

int gettimeofday(struct timeval *restrict t, void *restrict zone) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    t->tv_sec = now.tv_sec;
    t->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *t) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (t) *t = now.tv_sec;
    return now.tv_sec;
}
"""
"""A wall clock that can be stepped for the processes that preload it, and for nobody else on the machine."""


class At(Progress):
    """Does something when a phase begins, once for each of the phases that are named."""

    def __init__(self, acts: Mapping[str, Callable[[], object]]) -> None:
        self._acts = dict(acts)

    def phase(self, phase: Phase, drill: Drill) -> None:
        self._acts.pop(phase.name, lambda: None)()


def load_process() -> psutil.Process:
    """The one that makes the load of the drill that this process plays."""
    [found] = [child for child in psutil.Process().children() if LOAD_MODULE in child.cmdline()]
    return found


class Hogs:
    """Processes that take one core, which the load generator must share as the weakest of all."""

    def __init__(self) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []

    def begin(self) -> None:
        victim = load_process()
        core = victim.cpu_affinity()[0]
        self._processes = [
            # Each in a session of its own, as the generator is: the kernel shares a core between sessions first.
            subprocess.Popen([sys.executable, "-c", "while True: pass"], start_new_session=True)
            for _ in range(HOGS)
        ]
        for hog in self._processes:
            os.sched_setaffinity(hog.pid, {core})
        for thread in victim.threads():
            os.sched_setaffinity(thread.id, {core})
            os.setpriority(os.PRIO_PROCESS, thread.id, WEAKEST)
        group = Path(f"/proc/{victim.pid}/autogroup")
        if group.exists():
            group.write_text(str(WEAKEST))

    def end(self) -> None:
        for hog in self._processes:
            hog.kill()
            hog.wait()


class Leak:
    """Memory that this process takes and keeps, 20 MiB a second."""

    EVERY_S = 0.05

    def __init__(self) -> None:
        self._kept: list[bytes] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._take)

    def begin(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def _take(self) -> None:
        while not self._ended.wait(self.EVERY_S):
            # Written to, or the kernel would give none of it.
            self._kept.append(os.urandom(2**20))


def no_more_room_for_the_load() -> None:
    """No file of the load process may grow: what a full disk does to it."""
    resource.prlimit(load_process().pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))


@contextmanager
def no_more_room_for_the_harness() -> Iterator[Callable[[], None]]:
    """Gives what lets no file of this process grow from then on; undone at the end."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def cancel_a_sampler() -> None:
    """One meter's loop, and nothing else."""
    name = Sampler._watch.__qualname__
    [first, *_] = [task for task in asyncio.all_tasks() if getattr(task.get_coro(), "__qualname__", "") == name]
    first.cancel()


class SteppedClock:
    """`environment` is for processes whose wall clock this steps; their monotonic clock is the machine's."""

    def __init__(self, folder: Path) -> None:
        source, library, self._file = folder / "clock.c", folder / "clock.so", folder / "step"
        source.write_text(SHIM)
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
        self._file.write_bytes(bytes(ctypes.c_long(0)))
        self.environment = {"LD_PRELOAD": str(library), "CLOCK_STEP": str(self._file)}

    def by(self, seconds: int) -> None:
        with self._file.open("r+b", buffering=0) as file:
            file.write(bytes(ctypes.c_long(seconds)))
