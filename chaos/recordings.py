"""A run's folder as a drill leaves it, written by hand: for probes that ask what the harness does with its runs."""

from pathlib import Path

import msgspec

from harness.checks.slo import slo
from harness.clock import ClockOffset, nanoseconds
from harness.run import (
    SCHEMA,
    EventLog,
    GaugeWriter,
    GeneratorLimits,
    HostFacts,
    PhaseBegan,
    PhaseEnded,
    PlannedDrill,
    PlannedLoad,
    PlannedPhase,
    Request,
    RequestWriter,
    RunPlan,
    Sample,
    StackFacts,
    harness_version,
)

ORIGIN = nanoseconds(1000)
SECONDS, RATE = 10, 10
REASON, TOKEN = "the database is gone", "s3cr3t-t0ken"
"""What one of the members logged, and what it should not have logged beside."""


def record(folder: Path, name: str, claims: tuple[str, ...], failed_of_ten: int, defect: str | None = None) -> None:
    """A run of the drill or probe `name`, in which so many of ten requests failed. It is not judged yet."""
    (folder / "logs").mkdir(parents=True)
    checks = slo("http.errors < 1%", during="baseline")
    plan = RunPlan(
        schema=SCHEMA,
        harness=harness_version(),
        drill=PlannedDrill(
            name=name,
            title="The stated load",
            loads=(PlannedLoad(scenario="browse", rate=RATE),),
            timeline=(PlannedPhase(name="baseline", seconds=SECONDS),),
            checks=tuple(msgspec.Raw(msgspec.json.encode(check)) for check in checks),
            claims=claims,
        ),
        stack=StackFacts(kind="embedded", url="http://127.0.0.1:4000"),
        clock=ClockOffset.read(),
        host=HostFacts.here(),
        seed=1,
        limits=GeneratorLimits(),
        defect=defect,
    )
    plan.write(folder)
    logged = plan.clock.utc_at(ORIGIN + nanoseconds(SECONDS / 2)).isoformat(timespec="microseconds")
    line = {"time": logged, "level": "error", "event": REASON, "authorization": f"Bearer {TOKEN}"}
    (folder / "logs" / "app-1.log").write_bytes(msgspec.json.encode(line) + b"\n")
    events, requests, gauges = EventLog(folder), RequestWriter(folder, "browse-0"), GaugeWriter(folder)
    events.add(PhaseBegan(t=ORIGIN, name="baseline"))
    for number in range(SECONDS * RATE):
        at = ORIGIN + nanoseconds(number / RATE)
        bad = number % 10 < failed_of_ten
        done = at + nanoseconds(0.01)
        status, error = (500, "HTTP 500") if bad else (200, None)
        requests.add(Request(at, at, done, done, "browse", "GET /feed", "GET", status, error, "app-1", "browse-1", 100))
        for metric, value in (("arrivals", 1.0), ("late", 0.0), ("not_started", 0.0), ("cpu_percent", 5.0)):
            gauges.add(Sample(at, "generator", "browse-0", metric, value))
    events.add(PhaseEnded(t=ORIGIN + nanoseconds(SECONDS), name="baseline"))
    for writer in (events, requests, gauges):
        writer.close()
