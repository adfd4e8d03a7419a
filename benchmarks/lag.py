"""How late the generator starts an arrival, at the rates that the drills use and well above."""

from collections.abc import Iterator

from benchmarks.result import Result
from benchmarks.servers import harness_load, run_of, tiny_server
from harness.checks.percentile import percentile
from harness.clock import NS

RATES, SECONDS = (100, 1000, 3000), 8


def measure() -> Iterator[Result]:
    with tiny_server() as server:
        for rate in RATES:
            rows = run_of(
                harness_load("stock.py", server.url, "--rate", str(rate), "--duration", f"{SECONDS}s")
            ).during("load")
            lag = (rows.started - rows.intended) / NS * 1000
            p50, p99 = percentile(lag, 50), percentile(lag, 99)
            assert p50 is not None
            assert p99 is not None
            yield Result(f"lag at {rate}/s (p50, p99 in ms)", f"{p50:.2f}, {p99:.2f}", p99)
