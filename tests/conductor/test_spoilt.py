"""The harness itself is spoilt on purpose: it never ends with a pass, and says why in words.

docs/trust.md lists what is spoilt and what a run then says; a row is proved by the test of its name.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import pytest

from chaos.asks import locked
from harness.checks.back_at_baseline import BackAtBaseline
from harness.checks.no_trend import NoTrend
from harness.checks.observed import Observed
from harness.checks.slo import Slo
from harness.cli import drilling
from harness.cli.commands.report import command as report
from harness.cli.options import drill_named
from harness.conductor.load import LoadProcess
from harness.drill import Drill, Expectations, Load, Phase, baseline, recovery
from harness.errors import HarnessError
from harness.prober import Prober
from harness.run import SCHEMA, Run
from harness.sampling.postgres import PostgresMeter
from harness.sampling.redis import RedisMeter
from harness.settings import Settings
from harness.stacks.embedded import ports
from tests.conductor import spoiling
from tests.conductor.harnesses import Remains, harness
from tests.conductor.short import shortened
from tests.conductor.spoiling import At
from tests.docs.messages import covers
from tests.docs.pages import ROOT, Page

LISTED = {row[0]: row for row in Page(ROOT / "docs" / "trust.md").rows("What was spoilt")}
RATE = 20.0
STILL_S = 6.5


class Said(NamedTuple):
    status: int
    words: str


class Stage:
    """Plays drills on the embedded stack as `harness drill` does, and holds what came of it to the page's row."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.runs = folder / "runs"
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    @property
    def run_folder(self) -> Path:
        [folder] = [path for path in self.runs.iterdir() if path.is_dir()]
        return folder

    def play(self, drill: Drill, acts: Mapping[str, Callable[[], object]] | None = None) -> Said:
        self._monkeypatch.setattr(drilling, "progress_for", lambda: At(acts or {}))
        settings = Settings(runs=str(self.runs))
        return self._said(lambda: drilling.run_drills([drill], "embedded", settings, 7, False))

    def report(self) -> Said:
        """`harness report` on the run that was played."""
        return self._said(lambda: report.main([str(self.run_folder)], standalone_mode=False))

    def _said(self, ask: Callable[[], int]) -> Said:
        error = ""
        try:
            status = int(ask())
        except HarnessError as raised:
            status, error = int(raised.status), str(raised)
        out, err = self._capsys.readouterr()
        summary = self.runs.glob("*/summary.md") if self.runs.is_dir() else ()
        return Said(status, "\n".join([out, err, error, *(file.read_text() for file in summary)]))


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Stage:
    return Stage(tmp_path, monkeypatch, capsys)


def drill(*timeline: Phase, expect: Expectations = (), scenario: str = "browse", users: int | None = None) -> Drill:
    loads = (Load(scenario=scenario, rate=None if users else RATE, users=users),)
    return Drill(title="A drill that is spoilt", name="spoilt", loads=loads, timeline=timeline, expect=expect)


GOOD = (Slo(threshold="http.errors < 1%", phase="baseline"), Slo(threshold="http.p95 < 1s", phase="baseline"))


def must_be_as_listed(name: str, said: Said) -> None:
    _, status, words = LISTED[name]
    assert str(said.status) == status.strip("`"), said.words
    assert said.status != 0
    assert any(covers(f"…{words.strip('`')}…", line) for line in said.words.splitlines()), said.words
    assert "Traceback" not in said.words


def test_the_page_lists_what_is_spoilt() -> None:
    assert set(LISTED) == set(TESTS)


def a_hog(stage: Stage) -> Said:
    hogs = spoiling.Hogs()
    try:
        return stage.play(
            drill(baseline(3), recovery(0.5), expect=GOOD), {"baseline": hogs.begin, "recovery": hogs.end}
        )
    finally:
        hogs.end()


def a_harness_that_leaks(stage: Stage) -> Said:
    leak = spoiling.Leak()
    flat = NoTrend(role="harness", figure="rss_bytes", most_a_minute=300)
    try:
        return stage.play(
            drill(baseline(20), recovery(0.5), expect=(*GOOD, flat)), {"baseline": leak.begin, "recovery": leak.end}
        )
    finally:
        leak.end()


def a_killed_load_process(stage: Stage) -> Said:
    return stage.play(drill(baseline(30), expect=GOOD), {"baseline": lambda: spoiling.load_process().kill()})


def a_load_process_that_leaves(stage: Stage) -> Said:
    file = stage.runs.parent / "leaving.py"
    file.write_text(spoiling.LEAVING)
    return stage.play(drill(baseline(30), scenario=str(file)))


def no_ports_for_clients(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Said:
    monkeypatch.setattr(LoadProcess, "module", "tests.conductor.portless")
    return stage.play(drill(baseline(2), expect=GOOD))


def no_ports_for_servers(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Said:
    lowest_outgoing = int(ports.EPHEMERAL.read_text().split()[0])
    monkeypatch.setattr(ports, "LOWEST", lowest_outgoing - 1)
    return stage.play(drill(baseline(2), expect=GOOD))


def no_room_for_the_load(stage: Stage) -> Said:
    return stage.play(drill(baseline(30), expect=GOOD), {"baseline": spoiling.no_more_room_for_the_load})


def no_room_for_the_harness(stage: Stage) -> Said:
    with spoiling.no_more_room_for_the_harness() as spoil:
        return stage.play(drill(baseline(2), recovery(1), expect=GOOD), {"baseline": spoil})


def a_folder_that_is_gone(stage: Stage) -> Said:
    return stage.play(
        drill(baseline(1), recovery(1), expect=GOOD), {"recovery": lambda: shutil.rmtree(stage.run_folder)}
    )


def nowhere_to_write(stage: Stage) -> Said:
    stage.runs.write_text("a file, where the folder of runs should be")
    return stage.play(drill(baseline(1), expect=GOOD))


def a_sampler_that_died(stage: Stage) -> Said:
    return stage.play(drill(baseline(30), expect=GOOD), {"baseline": spoiling.cancel_a_sampler})


def a_sampler_that_stands_still(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Said:
    def stand_still() -> None:
        monkeypatch.setattr(PostgresMeter, "interval_s", 3600)

    return stage.play(drill(baseline(STILL_S + 1), expect=GOOD), {"baseline": stand_still})


def a_source_that_refuses(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Said:
    async def refuse(meter: RedisMeter) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(RedisMeter, "read", refuse)
    return stage.play(drill(baseline(2), expect=GOOD))


def no_requests(stage: Stage) -> Said:
    file = stage.runs.parent / "silent.py"
    file.write_text(spoiling.SILENT)
    return stage.play(drill(baseline(1), scenario=str(file)))


def tasks_that_break_off(stage: Stage) -> Said:
    """What they would have asked next is in no recording."""
    file = stage.runs.parent / "breaking_off.py"
    file.write_text(spoiling.BREAKING_OFF)
    return stage.play(drill(baseline(1), scenario=str(file)))


def a_metric_that_is_not_there(stage: Stage) -> Said:
    absent = BackAtBaseline(role="db", metrics=("spirits",), margin=1)
    return stage.play(drill(baseline(2), recovery(2), expect=(*GOOD, absent)))


def asking(seen: str) -> Drill:
    """A probe that sees one thing, of which `seen` is expected."""

    async def ask(prober: Prober) -> None:
        answer = await prober.http.get("/health/live")
        prober.saw("alive", "the balancer", answer.status_code)

    timeline = (Phase(name="probe", seconds=60, ask=ask),)
    return Drill(title="Is it there?", name="spoilt", timeline=timeline, expect=(Observed(of=seen, equals=200),))


def nothing_observed(stage: Stage) -> Said:
    return stage.play(asking("dead"))


def a_table_that_nobody_needs(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Said:
    monkeypatch.setattr(locked, "HELD_S", 2.0)
    elsewhere = (Load(scenario="assist", rate=RATE),)
    return stage.play(msgspec.structs.replace(shortened(drill_named("lock-table"), 0.4), loads=elsewhere))


def a_starved_prober(stage: Stage) -> Said:
    return stage.play(asking("alive"), {"probe": lambda: time.sleep(STILL_S)})


def cut_in_a_line(stage: Stage) -> Said:
    _clean(stage, asking("alive"))
    file = stage.run_folder / "observations.jsonl"
    with file.open("ab") as lines:
        lines.write(file.read_bytes()[:-20])
    return stage.report()


def without_a_load_file(stage: Stage) -> Said:
    one = drill(baseline(2), expect=GOOD)
    two = msgspec.structs.replace(one, loads=(msgspec.structs.replace(one.loads[0], workers=2),))
    _clean(stage, two)
    (stage.run_folder / "requests" / "browse-1.arrow").unlink()
    return stage.report()


def of_a_newer_version(stage: Stage) -> Said:
    _clean(stage, asking("alive"))
    file = stage.run_folder / "run.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"schema": SCHEMA + 1}))
    return stage.report()


def _clean(stage: Stage, unspoilt: Drill) -> None:
    said = stage.play(unspoilt)
    assert said.status == 0, said.words
    (stage.run_folder / "summary.md").unlink()


TESTS: dict[str, Callable[..., Said]] = {
    "a CPU hog beside the load generator": a_hog,
    "a harness that leaks": a_harness_that_leaks,
    "a load process killed in mid run": a_killed_load_process,
    "a load process that ends as if all was well": a_load_process_that_leaves,
    "no ports left for clients": no_ports_for_clients,
    "no ports left for servers": no_ports_for_servers,
    "no room for what the load process records": no_room_for_the_load,
    "no room for what the harness records": no_room_for_the_harness,
    "the run's folder removed in mid run": a_folder_that_is_gone,
    "a folder that cannot be written to": nowhere_to_write,
    "a sampler that died": a_sampler_that_died,
    "a sampler that stands still": a_sampler_that_stands_still,
    "a source of figures that refuses": a_source_that_refuses,
    "clients that send nothing": no_requests,
    "clients that break off": tasks_that_break_off,
    "a metric that is not there": a_metric_that_is_not_there,
    "a probe that does not see what is asked for": nothing_observed,
    "a table locked that nobody needs": a_table_that_nobody_needs,
    "the harness's own process starved": a_starved_prober,
    "a recording cut in the middle of a line": cut_in_a_line,
    "the file of one load process missing": without_a_load_file,
    "a run's folder of a newer version": of_a_newer_version,
}


@pytest.mark.parametrize("name", TESTS)
def test_what_is_spoilt_never_passes(name: str, stage: Stage, request: pytest.FixtureRequest) -> None:
    remains = Remains()
    spoil = TESTS[name]
    wanted = spoil.__code__.co_varnames[1 : spoil.__code__.co_argcount]
    said = spoil(stage, *(request.getfixturevalue(fixture) for fixture in wanted))
    must_be_as_listed(name, said)
    remains.none_after(1)


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler to make the clock with")
def test_a_wall_clock_stepped_in_mid_run_changes_no_figure(tmp_path: Path) -> None:
    scale = 0.25
    clock = spoiling.SteppedClock(tmp_path)
    with harness(["-m", "tests.conductor.short", "kill-instance", str(scale)], tmp_path, clock.environment) as played:
        played.until_it_says("felt:")
        before = wall_clock(clock.environment)
        clock.by(7200)
        assert wall_clock(clock.environment) - before > 7000
        played.until_it_says("gone:")
        clock.by(-3600)
        assert played.ends_with() == 0, played.said
    run = Run.open(played.run_folder)
    planned = {phase.name: phase.seconds for phase in run.plan.drill.timeline}
    assert planned == {phase.name: phase.seconds for phase in shortened_phases("kill-instance", scale)}
    for span in run.spans:
        # A fault is healed after its phase's seconds: no phase is two seconds over, and none is an hour.
        assert planned[span.name] * 0.9 < span.seconds < planned[span.name] + 4
    for times in (run.played.intended, run.played.started, run.played.finished):
        assert np.all((times >= run.begin - 1e9) & (times <= run.end + 1e9))
    assert run.played.latency_s.max() < 5
    assert run.played.service_s.min() > 0
    assert all(span.begin < span.end for span in run.spans)


def wall_clock(environment: dict[str, str]) -> float:
    """As processes with this environment see it."""
    ask = [sys.executable, "-c", "import time; print(time.time())"]
    return float(subprocess.run(ask, env=os.environ | environment, check=True, capture_output=True).stdout)


def shortened_phases(name: str, scale: float) -> tuple[Phase, ...]:
    return shortened(drill_named(name), scale).phases
