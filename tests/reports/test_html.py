"""report.html: what it says, and that nothing in a recording can make it say something else."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from itertools import pairwise

import msgspec
import pytest

from harness.checks.judge import judge
from harness.finding import Finding, Verdict, VerdictDocument
from harness.run import PlannedPhase, Run
from reports.html import html
from reports.palette import COLOURS
from tests.builders import err, phase, plan_of, run_of, steady
from tests.reports import runs
from tests.reports.outline import Outline, headline, page_of


def test_a_pass_says_what_held() -> None:
    assert headline(runs.passing()) == (
        "✓ PASS: One of three instances is killed under load. All 12 checks hold; p95 went from 11.6 ms to "
        "20.9 ms under the fault, recovery was immediate and 0 of 211 acknowledged writes were lost."
    )


def test_a_failure_says_who_did_what_and_when_before_what_came_of_it() -> None:
    assert headline(runs.KillInstance(detected=False).run()) == (
        "✗ FAIL: One of three instances is killed under load — lb never took app-2 out in the 10.3 s of kill app-2 "
        "(wanted: < 2 s). 1 more check failed: http.errors < 5% during fault."
    )


def test_a_failure_begins_with_what_is_beyond_repair() -> None:
    assert headline(runs.failing()) == (
        "✗ FAIL: One of three instances is killed under load — 2 of 211 acknowledged writes lost, sent between "
        "32.89 s and 33.04 s; 1 without a clear answer; lost: w-0210 (sent at 32.89 s), w-0211 (sent at 33.04 s) "
        "(wanted: 0). 2 more checks failed: detected, http.errors < 5% during fault."
    )
    assert (
        "Kill app-2 was in effect from 13.05 s to 23.40 s; 184 of 2,004 requests failed between 13.07 s and 23.29 s, "
        "most often “connection reset”."
    ) in page_of(runs.failing()).text()


def test_where_a_planned_fault_was_not_injected_that_is_said_first() -> None:
    plan = plan_of(
        timeline=[PlannedPhase(name="baseline", seconds=10), PlannedPhase(name="fault", seconds=5, fault="kill")]
    )
    ill = run_of(phase("baseline", 0, 10), steady(0, 10), [err(1)], plan=plan)
    assert "Nothing was harmed: no fault was injected; 1 of 201 requests failed" in page_of(ill).text()
    assert "no fault was injected" not in page_of(runs.passing()).text()


def test_no_verdict_gives_the_reason_from_which_the_others_follow() -> None:
    assert headline(runs.inconclusive()).startswith(
        "? INCONCLUSIVE: One of three instances is killed under load. No verdict, because 12 arrivals in warm-up "
        "were not started"
    )
    assert "because no request was recorded" in headline(runs.empty())


def test_one_failed_threshold_is_named_with_its_phase_and_figures() -> None:
    finding = Finding(
        check="slo",
        verdict=Verdict.FAIL,
        evidence="1.2 s over 600 requests",
        subject="http.p95",
        phase="fault",
        value=1.2,
        unit="s",
        threshold="http.p95 < 1s",
    )
    verdict = VerdictDocument(schema=1, verdict=Verdict.FAIL, drill="kill-instance", findings=(finding,))
    page = Outline(html(runs.passing(), verdict)).text()
    assert "— http.p95 < 1s did not hold during fault: 1.2 s over 600 requests." in page


@pytest.mark.parametrize("make", [runs.passing, runs.failing, runs.inconclusive, runs.cut_off, runs.empty])
def test_every_finding_is_there_those_that_did_not_pass_first(make: Callable[[], Run]) -> None:
    run = make()
    verdict = judge(run)
    text = html(run, verdict).decode()
    rows = re.findall(r'<tr role="row" class="(\w+)">', text)
    assert len(rows) == len(verdict.findings)
    order = ["fail", "inconclusive", "pass"]
    assert rows == sorted(rows, key=order.index)
    seen = Outline(text.encode()).text()
    for finding in verdict.findings:
        assert " ".join(finding.evidence.split()) in seen
        assert ", ".join(finding.claims) in seen


def test_the_fault_is_shaded_in_every_panel_and_every_event_is_told() -> None:
    page = page_of(runs.passing())
    shaded = [attributes for attributes in page.all("g") if attributes.get("class") == "fault-span"]
    charts = [attributes for attributes in page.all("svg") if attributes.get("role") == "img"]
    # The strip of events and three panels, in both sizes; one in each other chart with an axis of time.
    assert len(shaded) == 2 * 4 + (len(charts) - 2) - len(["percentiles"])
    text = page.text()
    for told in (
        "1 13.00 s kill app-2, asked for",
        "2 13.03 s app-2 ended as asked: killed by SIGKILL",
        "3 13.05 s kill app-2, felt: port 18102 refuses connections",
        "4 13.48 s lb saw app-2 go from UP to DOWN",
        "6 23.40 s kill app-2, gone: app-2 answers /health/ready with 200",
    ):
        assert told in text


def test_what_was_not_recorded_is_said_and_not_shown_as_0() -> None:
    text = page_of(runs.empty()).text()
    for said in (
        "no request was recorded",
        "no phase took place",
        "Timeline Nothing was recorded.",
        "No error was recorded.",
        "Nothing was sampled from the servers.",
        "No write was recorded.",
        "No fault was injected.",
    ):
        assert said in text
    before_the_plan = re.sub(r"p99 lag < 100 ms", "", text.split("The plan and where it ran")[0])
    assert not re.search(r"\b0(\.0)? (ms\b|s\b|%|/s)", before_the_plan)


def test_a_cut_recording_and_a_seeded_defect_are_said_on_top() -> None:
    header = html(runs.cut_off(), judge(runs.cut_off())).decode().split("</header>")[0]
    assert "The recording was cut short." in header
    run = runs.passing()
    run.plan = msgspec.structs.replace(run.plan, defect="health-check-lies")
    assert "“health-check-lies” was seeded" in html(run, judge(run)).decode().split("</header>")[0]


def test_nothing_that_a_server_says_becomes_markup() -> None:
    run = runs.hostile()
    page = html(run, judge(run))
    assert b"<script" not in page
    assert b"&lt;script&gt;alert(1)&lt;/script&gt;" in page
    outline = Outline(page)
    assert not outline.all("script")
    assert "<script>alert(1)</script>" in outline.text()


def test_a_failed_run_leads_to_its_post_mortem() -> None:
    link = b'href="postmortem.md"'
    assert link in html(runs.failing(), judge(runs.failing()))
    assert link not in html(runs.passing(), judge(runs.passing()))


@pytest.mark.parametrize("make", [runs.passing, runs.hostile, runs.empty])
def test_the_page_needs_no_network_and_no_script(make: Callable[[], Run]) -> None:
    page = html(make(), judge(make())).decode()
    outline = Outline(page.encode())
    assert not [tag for tag, _ in outline.tags if tag in ("link", "script", "img", "iframe", "object", "image")]
    references = [value for _, a in outline.tags for key, value in a.items() if key in ("src", "href", "xlink:href")]
    # What stands beside the page in the run's folder needs no network either.
    assert all(value and (value.startswith("#") or value == "postmortem.md") for value in references)
    assert not re.search(r"url\((?!#)", page)
    # The only address is the stack's own, as text.
    assert set(re.findall(r"https?://[^\s<\"]+", page)) == {"http://127.0.0.1:18080"}


def test_ids_are_unique_and_every_reference_has_its_id() -> None:
    page = html(runs.failing(), judge(runs.failing())).decode()
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:href="#|url\(#)([\w-]+)', page)) <= set(ids)
    assert set(re.findall(r'aria-labelledby="([^"]+)"', page)) <= set(ids)


def test_charts_follow_the_theme_and_say_what_they_show() -> None:
    page = html(runs.passing(), judge(runs.passing())).decode()
    charts = re.findall(r"<svg(?! class).*?</svg>", page, re.DOTALL)
    assert len(charts) > 15
    for chart in charts:
        root = ET.fromstring(chart)
        assert root.get("role") == "img"
        assert root.get("aria-label")
        # Every colour is one of the palette's, by its name: a fixed one would be lost in the dark.
        assert not re.findall(r"#[0-9a-f]{6}\b", chart)
    for colour in COLOURS:
        assert page.count(f"--{colour.name}: {colour.dark};") == 1
        assert page.count(f"--{colour.name}: {colour.light};") == 2


def test_tables_name_their_columns_and_rows() -> None:
    page = page_of(runs.passing())
    assert all(attributes.get("scope") in ("col", "row") for attributes in page.all("th"))
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_writes_that_are_lost_are_named() -> None:
    text = page_of(runs.failing()).text()
    assert "w-0210 32.89 s acknowledged, but not stored" in text


def test_what_no_drawing_can_hold_does_not_end_the_report() -> None:
    run = runs.KillInstance(reset="\x00\x1b\ufffe漢 $a$").run()
    assert "\ufffd\ufffd\ufffd漢 $a$" in html(run, judge(run)).decode()
