"""What several benchmarks need: the tiny server, stock Locust, and a load by the harness."""

import csv
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from harness.run import Run
from harness.stacks.embedded.ports import free_ports

LOCUSTFILES = Path(__file__).parent / "locustfiles"
GENERATOR_CPU, SERVER_CPU = 0, 1


class Server(NamedTuple):
    url: str
    process: "subprocess.Popen[bytes]"


@contextmanager
def tiny_server() -> Iterator[Server]:
    """On a core of its own, so that the generator has the other one to itself."""
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "benchmarks.tiny_server", str(port)]
    process = subprocess.Popen(_pinned(command, SERVER_CPU), stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"ready\n"
        yield Server(f"http://127.0.0.1:{port}", process)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


class StockFigures(NamedTuple):
    """What Locust itself reports: requests a second, and percentiles in milliseconds."""

    rate: float
    p98_ms: float
    p99_ms: float


def stock_locust(locustfile: str, url: str, users: int, seconds: int) -> "subprocess.Popen[bytes]":
    """Started; `figures_of` waits for its end."""
    folder = Path(tempfile.mkdtemp(prefix="stock-"))
    command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILES / locustfile), "--headless", "--only-summary"]
    command += ["-u", str(users), "-r", str(users), "-t", f"{seconds}s", "--host", url, "--csv", str(folder / "stock")]
    process = subprocess.Popen(_pinned(command, GENERATOR_CPU), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    process.args = folder  # where its figures will be
    return process


def figures_of(process: "subprocess.Popen[bytes]") -> StockFigures:
    process.wait()
    assert isinstance(process.args, Path)
    with (process.args / "stock_stats.csv").open() as file:
        (total,) = [row for row in csv.DictReader(file) if row["Name"] == "Aggregated"]
    return StockFigures(float(total["Requests/s"]), float(total["98%"]), float(total["99%"]))


class _Answer(msgspec.Struct):
    drills: list["_Drill"]


class _Drill(msgspec.Struct):
    run: str


def harness_load(locustfile: str, url: str, *options: str) -> "subprocess.Popen[bytes]":
    """Started; `run_of` waits for its end."""
    command = [sys.executable, "-m", "harness.cli.main", "load", str(LOCUSTFILES / locustfile), "--host", url, "--json"]
    environment = os.environ | {"HARNESS_RUNS": tempfile.mkdtemp(prefix="bench-")}
    return subprocess.Popen(
        _pinned([*command, *options], GENERATOR_CPU), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    )


def run_of(process: "subprocess.Popen[bytes]") -> Run:
    out, _ = process.communicate()
    return Run.open(Path(msgspec.json.decode(out, type=_Answer).drills[0].run))


def _pinned(command: list[str], cpu: int) -> list[str]:
    return ["taskset", "-c", str(cpu), *command]
