"""A run that failed leaves the draft of a post-mortem, with its own figures; one that passed leaves none."""

import asyncio
import re
import sys
from pathlib import Path

import msgspec

from harness.checks.observed import Observed
from harness.checks.slo import slo
from harness.clock import ClockOffset, nanoseconds
from harness.probe import probe
from harness.prober import Prober
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
from harness.tools.run import run

STEPS = ("Detection", "Triage", "Investigation", "Mitigation", "Resolution", "Learnings")
FAILED_OF_TEN = 3
REPORT = (sys.executable, "-m", "harness.cli.main", "report")
ORIGIN = nanoseconds(1000)
SECONDS, RATE = 10, 10
REASON, TOKEN = "the database is gone", "s3cr3t-t0ken"


async def ask(prober: Prober) -> None:
    failed, passed = prober.folder / "a-run-that-failed", prober.folder / "a-run-that-passed"
    for folder, failures in ((failed, FAILED_OF_TEN), (passed, 0)):
        record(folder, failures)
        done = await asyncio.to_thread(run, [*REPORT, folder], prober.files, {"PYTHONPATH": str(prober.files)})
        prober.saw("report-exit-status", folder.name, done.status, detail=done.text[-200:])
    draft = failed / "postmortem.md"
    prober.saw("postmortem-written", failed.name, draft.is_file())
    prober.saw("postmortem-when-passed", passed.name, (passed / "postmortem.md").is_file())
    sections = dict(re.findall(r"^## (.+)\n((?:(?!## ).*\n)*)", text_of(draft), re.M))
    for step in STEPS:
        text = sections.get(step, "")
        prober.saw(
            "postmortem-lines", step, sum(line.startswith("- ") for line in text.splitlines()), detail=text[:200]
        )
    share = f"{10 * FAILED_OF_TEN:.1f} %".replace(".0", "")
    told = sections.get("Triage", "")
    prober.saw("postmortem-figures", f"the errors, {share}, in Triage", told.count(share), detail=told[:200])
    told = sections.get("Investigation", "")
    prober.saw("postmortem-logs", "the line that an instance logged", told.count(REASON), detail=told[-400:])
    prober.saw("postmortem-secrets", "the token in that line", text_of(draft).count(TOKEN), detail=told[-400:])
    prober.saw("postmortem-figures", "the failed endpoint in Investigation", told.count("GET /feed"), detail=told[:200])


def text_of(draft: Path) -> str:
    return draft.read_text() if draft.is_file() else ""


def record(folder: Path, failed_of_ten: int) -> None:
    """A run's folder as a drill leaves it, in which so many of ten requests failed."""
    (folder / "logs").mkdir(parents=True)
    checks = slo("http.errors < 1%", during="baseline")
    plan = RunPlan(
        schema=SCHEMA,
        harness=harness_version(),
        drill=PlannedDrill(
            name="steady",
            title="The stated load",
            loads=(PlannedLoad(scenario="browse", rate=RATE),),
            timeline=(PlannedPhase(name="baseline", seconds=SECONDS),),
            checks=tuple(msgspec.Raw(msgspec.json.encode(check)) for check in checks),
            claims=("PERF-SLO",),
        ),
        stack=StackFacts(kind="embedded", url="http://127.0.0.1:4000"),
        clock=ClockOffset.read(),
        host=HostFacts.here(),
        seed=1,
        limits=GeneratorLimits(),
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


PROBE = probe(
    title="A failed run writes a post-mortem draft, with its own figures",
    ask=ask,
    expect=(
        Observed(of="report-exit-status", among=(0, 1), cases=2),
        Observed(of="postmortem-written", equals=1),
        Observed(of="postmortem-when-passed", equals=0),
        Observed(of="postmortem-lines", at_least=1, cases=len(STEPS)),
        Observed(of="postmortem-figures", at_least=1, cases=2),
        Observed(of="postmortem-logs", at_least=1),
        Observed(of="postmortem-secrets", equals=0),
    ),
    claims=("INC-POSTMORTEM",),
    needs_stack=False,
)
