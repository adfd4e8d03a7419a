"""postmortem.md: the draft that a failed run leaves, with its own figures."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.checks.judge import judge
from harness.finding import VerdictDocument
from harness.run import Run
from reports import render
from reports.postmortem import SECTIONS, postmortem
from tests.builders import err, phase, run_of, state
from tests.reports import runs
from tests.reports.probed import accepted, probed, seen

FILE = "postmortem.md"


def sections(run: Run) -> dict[str, list[str]]:
    text = postmortem(run, judge(run)).decode()
    parts = re.split(r"^## (.*)$", text, flags=re.MULTILINE)[1:]
    return {title: body.strip().splitlines() for title, body in zip(parts[::2], parts[1::2], strict=True)}


def test_its_sections_are_the_guides_steps_of_an_incident_each_with_a_question_for_people() -> None:
    found = sections(runs.failing())
    assert tuple(found) == SECTIONS
    assert SECTIONS == ("Detection", "Triage", "Investigation", "Mitigation", "Resolution", "Learnings")
    for title, lines in found.items():
        assert [line for line in lines if re.fullmatch(r"- \[.+\]", line)], title


def test_it_begins_with_what_failed() -> None:
    text = postmortem(runs.failing(), judge(runs.failing())).decode().splitlines()
    assert text[0] == "# Post-mortem (draft): One of three instances is killed under load"
    assert text[2].startswith("> FAIL: One of three instances is killed under load — 2 of 211 acknowledged writes lost")
    assert "- 2,004 requests" in text


def test_the_figures_are_the_runs_own() -> None:
    found = sections(runs.failing())
    assert (
        "- Kill app-2 was in effect from 13.05 s to 23.40 s; 184 of 2,004 requests failed between 13.07 s and "
        "23.29 s, most often “connection reset”."
    ) in found["Detection"]
    assert (
        "- The checks found it: slo http.errors during fault, detected app-2, no-write-lost writes.lost."
        in (found["Detection"])
    )
    assert any("measured 30.5 %, wanted http.errors \\< 5%" in line for line in found["Triage"])
    assert "- Claims of the guide that this refutes: INF-LB, RES-KILL." in found["Triage"]
    assert "- fault: 581 requests, 30.5 % errors, p50 5.05 ms, p95 21.6 ms, p99 26.6 ms" in found["Investigation"]
    assert "- GET /feed: 9.3 % of 952 requests failed" in found["Investigation"]
    assert "| 13.05 | kill app-2, felt: port 18102 refuses connections |" in found["Investigation"]
    assert "- At 23.06 s the harness undid it: kill app-2." in found["Mitigation"]
    assert "- kill app-2 was gone 0.34 s after it was undone." in found["Resolution"]
    assert found["Learnings"][0].startswith("- `harness drill kill-instance --seed 7` must pass with the fix")


def test_it_tells_when_and_where_clients_met_it_and_the_worst_of_it() -> None:
    found = sections(runs.failing())
    life = "- The life of kill app-2: asked 13.00 s, felt 13.05 s, heal asked for 23.06 s, gone 23.40 s."
    assert life in found["Detection"]
    assert "- The first client met it at 13.07 s, 0.02 s after kill app-2 began." in found["Detection"]
    routes = [line for line in found["Triage"] if re.match("- (No answer|Status [0-9]+) at ", line)]
    assert sum(int(line.split(": ")[1].split()[0]) for line in routes) == 184
    assert sum(line.startswith("- The worst window, from ") for line in found["Investigation"]) == 1


def test_whoever_noticed_first_is_named_with_the_time_it_took() -> None:
    run = runs.KillInstance(lost=2).run()
    assert "- lb saw app-2 go from UP to DOWN 0.43 s after kill app-2 began." in sections(run)["Detection"]


def test_a_probe_that_failed_has_one_too() -> None:
    found = sections(accepted())
    assert any("measured 200, wanted forged-tokens == 401" in line for line in found["Triage"])
    assert "- Claims of the guide that this refutes: SEC-JWT, SEC-RATE." in found["Triage"]
    assert "- Nothing was done: the drill harmed nothing." in found["Mitigation"]


@pytest.mark.parametrize("make", [runs.passing, runs.inconclusive, runs.cut_off, runs.empty])
def test_only_a_failure_leaves_one(make: Callable[[], Run], tmp_path: Path) -> None:
    run = make()
    render(run, judge(run), tmp_path)
    assert not (tmp_path / FILE).exists()


def test_it_is_removed_once_the_run_no_longer_fails(tmp_path: Path) -> None:
    failed, passed = runs.failing(), runs.passing()
    written = render(failed, judge(failed), tmp_path)
    assert written[-1] == tmp_path / FILE
    assert (tmp_path / FILE).read_bytes() == postmortem(failed, judge(failed))
    render(passed, judge(passed), tmp_path)
    assert not (tmp_path / FILE).exists()


def test_what_servers_say_stays_text_on_one_line() -> None:
    evil = "<script>\n# A heading\n| a | cell | @team [x](http://y) `z`"
    failed = runs.KillInstance(detected=False, names=(f"GET /{evil}", "GET /feed"), reset=evil).run()
    for run in (failed, probed(seen("forged-tokens", evil, 200, detail=evil))):
        text = postmortem(run, judge(run)).decode()
        assert re.findall(r"^#+ (.+)$", text, re.MULTILINE)[1:] == list(SECTIONS)
        for mark in ("<script", "@team", "[x]", "`z"):
            assert not re.search(r"(?<!\\)" + re.escape(mark), text), mark
        for row in re.findall(r"^\|.*$", text, re.MULTILINE):
            assert len(re.findall(r"(?<!\\)\|", row)) == 3


def test_no_secret_of_a_servers_last_words_stays_in_it() -> None:
    words = "could not connect to postgres://app:s3cr3t-word@db/app"
    text = postmortem(*judged(runs.KillInstance(detected=False, reset=words).run())).decode()
    assert "could not connect" in text
    assert "s3cr3t" not in text


def test_what_changed_without_a_fault_is_not_said_to_have_been_unseen() -> None:
    run = run_of(phase("baseline", 0, 10), [err(k / 10) for k in range(100)], state(5, "DOWN"))
    text = postmortem(*judged(run)).decode()
    assert "No server's state changed" not in text
    assert "1 state changed without a fault that was felt" in text


def test_events_that_are_left_out_are_counted() -> None:
    flapping = [state(1 + k / 4, "DOWN" if k % 2 else "UP") for k in range(20)]
    text = postmortem(*judged(run_of(phase("baseline", 0, 10), [err(k / 10) for k in range(100)], flapping))).decode()
    assert re.search(r"^- \d+ later events, in report\.html", text, re.MULTILINE)


def judged(run: Run) -> tuple[Run, VerdictDocument]:
    return run, judge(run)
