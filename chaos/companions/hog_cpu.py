"""`python -m chaos.companions.hog_cpu`: processes that want all of one core, until this one is killed.

CORE is the core's number, HOGS how many there are, NICE their priority.
"""

import os
import signal

from harness.lifeline import die_with_parent


def main() -> None:
    core, hogs, nice = (int(os.environ[name]) for name in ("CORE", "HOGS", "NICE"))
    die = die_with_parent(signal.SIGKILL)
    for _ in range(hogs):
        if os.fork() == 0:
            die()
            # The kernel shares a core between sessions first: each must be one, as the instances are.
            os.setsid()
            os.sched_setaffinity(0, {core})
            os.setpriority(os.PRIO_PROCESS, 0, nice)
            while True:
                pass
    while True:
        signal.pause()


if __name__ == "__main__":
    main()
