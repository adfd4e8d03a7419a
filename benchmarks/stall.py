"""The truth under a stall: a server frozen for 2 s of 20 s, at 100 arrivals a second.

The truth needs no client: an arrival that was due while the server was frozen waits until it thaws. Stock Locust
runs the same load on the same stall, side by side.
"""

import os
import signal
import time
from collections.abc import Iterator

from benchmarks.result import Result
from benchmarks.servers import figures_of, harness_load, run_of, stock_locust, tiny_server
from harness.checks.percentile import percentile
from harness.clock import NS
from harness.run import Run

RATE, SECONDS, FREEZE_AFTER_S, FROZEN_S = 100, 20, 8.0, 2.0
PACED_USERS = 10


def measure() -> Iterator[Result]:
    with tiny_server() as server:
        load = harness_load("stock.py", server.url, "--rate", str(RATE), "--duration", f"{SECONDS}s")
        frozen, thawed = _freeze(server.process.pid)
        run = run_of(load)
    with tiny_server() as server:
        stock = stock_locust("stock.py", server.url, PACED_USERS, SECONDS)
        _freeze(server.process.pid)
        told = figures_of(stock)
    rows = run.during("load")
    truth = _truth(run, frozen, thawed)
    yield Result(
        "requests recorded ÷ planned", f"{len(rows)} of {RATE * SECONDS}", len(rows) / (RATE * SECONDS), 0.99, True
    )
    for q, stock_ms in ((98.0, told.p98_ms), (99.0, told.p99_ms)):
        measured, true = percentile(rows.latency_s, q), _rank(truth, q)
        assert measured is not None
        off = abs(measured - true) / true * 100
        text = f"recorded {measured:.3f} s, truth {true:.3f} s (stock Locust: {stock_ms / 1000:.3f} s)"
        yield Result(f"p{q:g}: % off the truth", f"{off:.2f} %: {text}", off, 2.0)


def _freeze(pid: int) -> tuple[int, int]:
    """When the server was frozen and when it thawed, in ns of CLOCK_MONOTONIC."""
    time.sleep(FREEZE_AFTER_S)
    os.kill(pid, signal.SIGSTOP)
    frozen = time.monotonic_ns()
    time.sleep(FROZEN_S)
    os.kill(pid, signal.SIGCONT)
    return frozen, time.monotonic_ns()


def _truth(run: Run, frozen: int, thawed: int) -> list[float]:
    """Seconds that each arrival of the schedule must wait: computed from the schedule and the stall alone."""
    due = [run.spans[0].begin + round(k * NS / RATE) for k in range(RATE * SECONDS)]
    return sorted((thawed - t) / NS if frozen <= t < thawed else 0.0 for t in due)


def _rank(ordered: list[float], q: float) -> float:
    return ordered[-(-int(q * len(ordered)) // 100) - 1]
