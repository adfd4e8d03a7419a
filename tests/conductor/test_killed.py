"""The harness is killed with SIGKILL: the watchdog leaves nothing, and what was recorded can be read."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.checks.judge import read_verdict
from harness.cli.options import EMBEDDED, all_drills
from harness.drill import Profile
from harness.finding import Verdict
from harness.journal import unhealed
from harness.run import Run
from tests.conductor.harnesses import Remains, harness, processes
from tests.conductor.killing import Instant, drawn, killed
from tests.stacks.fitting import fits

SHORT = ["-m", "tests.conductor.short"]
GONE_WITHIN_S = 3.0

HERE = [drill for drill in all_drills() if fits(drill, EMBEDDED) and drill.profile is not Profile.FULL]
BY_PROXY, ACCOMPANIED = "hang-redis", "exhaust-pool"
"""Drills with the fault proxy, and with a companion that holds connections."""

SCALE = 0.15
SEED = "a sample"
"""Of what benchmarks/killing.py does a hundred times."""

MOMENTS = ["cache is ready", "app-1 is ready", "clients log in", "warm-up for", "baseline for"]
MOMENTS += ["harm:", "felt:", "fault for", "healing:", "gone:", "recovery for"]
MOMENTS += ["every write is read back", "the stack stops"]


def report(run: Path) -> "subprocess.CompletedProcess[str]":
    arguments = [sys.executable, "-m", "harness.cli.main", "report", str(run)]
    return subprocess.run(arguments, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_any_moment_it_leaves_nothing_but_a_readable_run(moment: str, tmp_path: Path) -> None:
    remains = Remains()
    with harness([*SHORT, "kill-instance", "0.15"], tmp_path) as victim:
        victim.until_it_says(moment)
        victim.signal(signal.SIGKILL)
        victim.ends_with()
        remains.none_after(GONE_WITHIN_S)
        done = report(victim.run_folder)
        assert done.returncode in {1, 3}, done.stderr
        assert "Traceback" not in done.stderr
        assert (victim.run_folder / "report.html").stat().st_size > 10_000
        assert read_verdict(victim.run_folder).verdict is not Verdict.PASS
        assert not unhealed(victim.run_folder)


@pytest.mark.parametrize(
    ("drill", "moment"),
    [
        ("drop-redis", "fault for"),
        ("pause-instance", "fault for"),
        ("steady", "baseline for"),
        (BY_PROXY, "fault for"),
        (ACCOMPANIED, "fault for"),
    ],
)
def test_every_drill_can_be_killed(drill: str, moment: str, tmp_path: Path) -> None:
    remains = Remains()
    with harness([*SHORT, drill, "0.15"], tmp_path) as victim:
        victim.until_it_says(moment)
        victim.signal(signal.SIGKILL)
        victim.ends_with()
        remains.none_after(GONE_WITHIN_S)
        # Cut short, a check may fail as well as be inconclusive.
        assert report(victim.run_folder).returncode in {1, 3}


def test_a_probe_of_files_can_be_killed(tmp_path: Path) -> None:
    remains = Remains()
    with harness(["-m", "harness.cli.main", "drill", "commit-hook"], tmp_path) as victim:
        victim.until_it_says("probe for")
        assert any("harness-" in left for left in remains.left())
        victim.signal(signal.SIGKILL)
        victim.ends_with()
        remains.none_after(GONE_WITHIN_S)
        assert report(victim.run_folder).returncode == 3


def test_what_was_recorded_reaches_to_the_last_second(tmp_path: Path) -> None:
    remains = Remains()
    with harness([*SHORT, "steady", "1"], tmp_path) as victim:
        victim.until_it_says("answers/s")
        victim.signal(signal.SIGKILL)
        victim.ends_with()
        remains.none_after(GONE_WITHIN_S)
        run = Run.open(victim.run_folder)
        rows = run.during("baseline")
        assert not run.whole
        assert len(rows) > 30
        assert run.since_begin(int(rows.finished.max())) > run.since_begin(run.spans[-1].begin) + 3.5


def instants(kind: str, count: int) -> pytest.MarkDecorator:
    them = [drawn(HERE, f"{SEED} {kind} {number}") for number in range(count)]
    return pytest.mark.parametrize("instant", them, ids=lambda one: f"{one.drill.name}-{one.share:.2f}")


@instants("watched", 5)
def test_killed_at_a_random_instant_of_a_random_drill_it_is_clean(instant: Instant, tmp_path: Path) -> None:
    done = killed(instant, EMBEDDED, SCALE, tmp_path, [Remains()], watchdog_first=False)
    assert done.wrong == (), done


@instants("watchdog first", 3)
def test_and_so_it_is_after_a_heal_when_the_watchdog_was_killed_first(instant: Instant, tmp_path: Path) -> None:
    done = killed(instant, EMBEDDED, SCALE, tmp_path, [Remains()], watchdog_first=True)
    assert done.wrong == (), done


def test_an_instant_follows_from_its_seed() -> None:
    assert drawn(HERE, SEED) == drawn(HERE, SEED)
    assert len({drawn(HERE, f"{SEED} {number}").share for number in range(20)}) == 20


@pytest.mark.parametrize("drill", ["kill-instance", BY_PROXY, ACCOMPANIED])
def test_when_the_watchdog_is_killed_first_heal_undoes_it(drill: str, tmp_path: Path) -> None:
    remains = Remains()
    with harness([*SHORT, drill, "0.3"], tmp_path) as victim:
        victim.until_it_says("fault for")
        (watchdog,) = [pid for pid, words in processes().items() if "harness.watchdog" in words]
        os.kill(watchdog, signal.SIGKILL)
        victim.signal(signal.SIGKILL)
        victim.ends_with()
        healed = subprocess.run(
            [sys.executable, "-m", "harness.cli.main", "heal"], capture_output=True, text=True, check=True
        )
        assert re.search(r"undone: .+ \(the whole stack is gone\)", healed.stdout)
        remains.none_after(0)
        assert not unhealed(victim.run_folder)
        again = subprocess.run(
            [sys.executable, "-m", "harness.cli.main", "heal"], capture_output=True, text=True, check=True
        )
        assert again.stdout.strip() == "nothing is left to undo"
