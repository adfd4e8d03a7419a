"""What ties a child process's life to its parent's, and tells the parent of its end."""

import asyncio
import ctypes
import os
import signal
import subprocess
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def die_with_parent(number: signal.Signals = signal.SIGKILL) -> Callable[[], None]:
    """For subprocess's `preexec_fn`: the kernel sends the signal when the thread that starts the child ends.

    So start children from a thread that lives as long as the harness: the main one.
    """
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def in_the_child() -> None:
        prctl(PR_SET_PDEATHSIG, int(number))
        if os.getppid() != parent:
            os._exit(1)

    return in_the_child


def watch_exit(process: "subprocess.Popen[bytes]", then: Callable[[int], None]) -> None:
    """Calls `then` with the exit status, in the running loop, as soon as the process has ended and was reaped.

    The kernel tells through a pidfd. asyncio's own subprocesses are not used: cancelled while they start, they can
    wait for ever for a process that never was.
    """
    loop = asyncio.get_running_loop()
    pidfd = os.pidfd_open(process.pid)

    def ended() -> None:
        loop.remove_reader(pidfd)
        os.close(pidfd)
        then(process.wait())

    loop.add_reader(pidfd, ended)
