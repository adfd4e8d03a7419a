"""Ctrl-C, and SIGTERM from a supervisor: heals, stops everything, and still writes what was recorded."""

import signal
from pathlib import Path

import pytest

from harness.checks.judge import read_verdict
from harness.finding import Verdict
from harness.journal import unhealed
from tests.conductor.harnesses import Remains, harness
from tests.servers import until

SHORT = ["-m", "tests.conductor.short"]

MOMENTS = ["kill-instance:", "cache is ready", "app-1 is ready", "clients log in", "baseline for"]
MOMENTS += ["felt:", "fault for", "healing:", "gone:", "every write is read back", "the stack stops"]


@pytest.mark.parametrize("moment", MOMENTS)
def test_ctrl_c_at_any_moment_heals_stops_and_reports(moment: str, tmp_path: Path) -> None:
    remains = Remains()
    with harness([*SHORT, "kill-instance", "0.15"], tmp_path) as victim:
        victim.until_it_says(moment)
        victim.signal(signal.SIGINT)
        assert victim.ends_with() == 130, victim.said
        remains.none_after(0.5)
        assert "Traceback" not in victim.said
        if moment != MOMENTS[0]:
            assert read_verdict(victim.run_folder).verdict is not Verdict.PASS
            assert (victim.run_folder / "report.html").exists()
            assert not unhealed(victim.run_folder)


def test_sigterm_is_as_good_as_ctrl_c(tmp_path: Path) -> None:
    remains = Remains()
    with harness([*SHORT, "drop-redis", "0.15"], tmp_path) as victim:
        victim.until_it_says("fault for")
        victim.signal(signal.SIGTERM)
        assert victim.ends_with() == 130
        remains.none_after(0.5)


def test_a_second_ctrl_c_does_not_cut_the_healing_short(tmp_path: Path) -> None:
    remains = Remains()
    with harness([*SHORT, "kill-instance", "0.3"], tmp_path) as victim:
        victim.until_it_says("fault for")
        victim.signal(signal.SIGINT)
        victim.until_it_says("interrupted: undoing")
        victim.signal(signal.SIGINT)
        assert victim.ends_with() == 130
        remains.none_after(0.5)
        assert not unhealed(victim.run_folder)


def test_a_probe_that_runs_tools_does_not_run_them_all_first(tmp_path: Path) -> None:
    remains = Remains()
    with harness(["-m", "harness.cli.main", "drill", "commit-hook"], tmp_path) as victim:
        victim.until_it_says("probe for")
        victim.signal(signal.SIGINT)
        assert victim.ends_with() == 130
        remains.none_after(0.5)
        assert "Traceback" not in victim.said
        assert "clean-commit" not in (victim.run_folder / "observations.jsonl").read_text()


@pytest.mark.parametrize("file", ["run.json", "logs/app-1.log"])
def test_probes_side_by_side_all_stop_and_no_further_one_begins(file: str, tmp_path: Path) -> None:
    remains = Remains()
    probes = ["pages", "sql-injection", "route-roles"]
    with harness(["-m", "harness.cli.main", "drill", *probes], tmp_path) as victim:
        runs = tmp_path / "runs"
        until(lambda: len([one for one in runs.glob(f"*/{file}") if one.stat().st_size]) == 2, "two have come so far")
        victim.signal(signal.SIGINT)
        assert victim.ends_with() == 130, victim.said
        remains.none_after(0.5)
        assert "Traceback" not in victim.said
        assert "3 of 3" not in victim.said
        for name in probes[:2]:
            (folder,) = runs.glob(f"*-{name}")
            assert read_verdict(folder).verdict is not Verdict.PASS
            assert (folder / "report.html").exists()


def test_a_self_test_s_trials_side_by_side_all_stop_and_what_was_tried_is_told(tmp_path: Path) -> None:
    remains = Remains()
    kept = tmp_path / "kept.jsonl"
    trials = [
        "no-secret-scan",
        "sticks-to-addresses",
        "slow-feed",
        "--rounds",
        "0",
        "--jobs",
        "2",
        "--resume",
        str(kept),
    ]
    with harness(["-m", "harness.cli.main", "selftest", *trials], tmp_path) as victim:
        victim.until_it_says("1 of 3: observed")
        until(
            lambda: len(list((tmp_path / "runs").glob("*-steady/requests/*"))) == 2, "both of the others are under load"
        )
        victim.signal(signal.SIGINT)
        assert victim.ends_with() == 130
        remains.none_after(0.5)
        assert "Traceback" not in victim.said
        assert "caught 1 of 1, false alarms 0 in 0 clean rounds (0 runs), 2 left to try" in victim.said
    assert len(kept.read_text().splitlines()) == 2
