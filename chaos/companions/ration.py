"""`python -m chaos.companions.ration`: lets processes run for a part of each tenth of a second, one after the other.

PIDS are theirs, CPUS is how much of one CPU each may get. They are left as they are when this one is killed: whoever
kills it wakes them.
"""

import os
import signal
import time

PERIOD_S = 0.1


def main() -> None:
    share = float(os.environ["CPUS"])
    # By descriptors: a number may come to mean another process, when its own has ended.
    processes = [os.pidfd_open(int(pid)) for pid in os.environ["PIDS"].split()]
    turns: list[tuple[float, int, signal.Signals]] = []
    for number, process in enumerate(processes):
        begin = number * PERIOD_S / len(processes)
        turns.append((begin, process, signal.SIGCONT))
        turns.append(((begin + share * PERIOD_S) % PERIOD_S, process, signal.SIGSTOP))
    turns.sort()
    period = time.monotonic()
    while True:
        for at, process, what in turns:
            time.sleep(max(period + at - time.monotonic(), 0))
            try:
                signal.pidfd_send_signal(process, what)
            except ProcessLookupError:
                continue
        period = max(period + PERIOD_S, time.monotonic() - PERIOD_S)


if __name__ == "__main__":
    main()
