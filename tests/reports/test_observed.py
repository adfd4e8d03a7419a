"""The report of a probe: what was seen, what is wrong first, and nothing about latency."""

import re

from harness.checks.judge import judge
from harness.run import Run
from reports.html import html
from reports.junit import junit
from reports.observed import CASES_SHOWN, groups
from reports.summary import summary
from tests.builders import fault, phase, run_of, steady
from tests.reports import runs
from tests.reports.outline import Outline, headline, page_of
from tests.reports.probed import accepted, probed, seen

EVIL = "<script>alert(1)</script>"


def section(run: Run) -> str:
    """What was seen, as markup."""
    found = re.search(r'<section aria-labelledby="observed">.*?</section>', html(run, judge(run)).decode(), re.DOTALL)
    assert found is not None
    return found[0]


def text_of(markup: str) -> str:
    return Outline(markup.encode()).text()


def test_each_question_is_told_with_what_was_expected_and_what_came() -> None:
    text = text_of(section(probed()))
    assert "forged-tokens 3 cases: 401 × 3. Expected: forged-tokens == 401, in at least 3 cases." in text
    assert "answer-seconds 1 case: 250 ms. Expected: answer-seconds <= 1." in text
    assert "as googlebot 100 by a header of their own" in text
    assert "✗" not in text


def test_what_is_wrong_comes_first_and_is_open() -> None:
    found = section(accepted())
    text = text_of(found)
    assert "forged-tokens ✗ 1" in text
    assert text.index("wrong key 200 ✗") < text.index("alg=none 401") < text.index("expired 401")
    assert found.count("<details open>") == 1
    assert found.count("<details>") == 2


def test_no_answer_is_told_as_such_and_not_as_0() -> None:
    run = probed(seen("forged-tokens", "alg=none", None), seen("forged-tokens", "expired", 401))
    text = text_of(section(run))
    assert "no answer, 401" in text
    assert "alg=none no answer ✗" in text
    assert headline(run).startswith("? INCONCLUSIVE")


def test_what_no_check_expects_is_shown_all_the_same() -> None:
    text = text_of(section(probed(more=seen("health-version", "app-1", "1.2.3"))))
    assert "health-version 1 case: 1.2.3. Expected: nothing is expected of it." in text


def test_of_many_cases_the_wrong_ones_are_shown() -> None:
    good = [seen("forged-tokens", f"case {number}", 401) for number in range(CASES_SHOWN + 10)]
    (group,) = [one for one in groups(probed(*good, seen("forged-tokens", "the last", 200))) if one.wrong]
    assert [row.case for row in group.cases if row.wrong] == ["the last"]
    assert group.cases[0].case == "the last"
    assert (len(group.cases), group.left_out) == (CASES_SHOWN, 11)


def test_a_refuted_statement_is_named_though_the_run_passed() -> None:
    run = probed(through=500)
    assert headline(run).startswith("✓ PASS")
    text = page_of(run).text()
    assert "Instead: Exempt nobody. the guide is refuted: SEC-RATE" in text
    assert "as googlebot 500 ✗" in text


def test_without_load_nothing_is_said_of_latency_writes_or_faults() -> None:
    headings = [text for tag, text in page_of(probed()).texts if tag == "h2"]
    assert headings == ["Findings", "What was seen", "The plan and where it ran"]
    page = page_of(probed()).text()
    assert "5 observations" in page
    assert "no request was recorded" not in page


def test_a_fault_without_load_is_drawn_over_time_and_nothing_is_said_of_latency() -> None:
    page = page_of(probed(more=fault(asked=0.2, felt=0.4, heal=1.2, gone=1.4)))
    headings = [text for tag, text in page.texts if tag == "h2"]
    assert headings == ["Timeline", "Findings", "What was seen", "Servers", "Faults", "The plan and where it ran"]
    assert "no good answer was recorded" not in page.text()
    [label] = {str(svg.get("aria-label", "")) for svg in page.all("svg")}
    assert label == "Timeline of 2 s: kill on app-2 in effect from 0.4 to 1.4 s."


def test_the_summary_of_a_probe_names_what_was_observed_and_tells_no_latency() -> None:
    run = accepted()
    text = summary(run, judge(run)).decode()
    assert "| ✗ fail | observed |  | 200 | forged-tokens == 401 | 1 of 3 cases are not 401" in text
    assert "By phase" not in text
    assert "Latency" not in text


def test_every_finding_of_a_probe_is_a_case_of_its_own_name() -> None:
    run = probed()
    names = re.findall(r'<testcase classname="drill" name="([^"]+)"', junit(run, judge(run)).decode())
    assert names[:3] == [
        "observed forged-tokens == 401",
        "observed answer-seconds &lt;= 1",
        "doubted let-through &lt;= 100",
    ]


def test_of_several_failures_each_is_named_by_what_was_observed() -> None:
    run = probed(seen("forged-tokens", "expired", 200), seconds=3.0)
    assert headline(run).endswith(" 1 more check failed: answer-seconds <= 1.")


def test_with_load_both_are_shown() -> None:
    run = run_of(phase("probe", 0, 2), steady(0, 2), seen("forged-tokens", "expired", 401))
    headings = [text for tag, text in page_of(run).texts if tag == "h2"]
    assert {"What was seen", "Latency by phase", "Writes", "Faults"} <= set(headings)


def test_a_drill_has_no_such_section() -> None:
    assert "What was seen" not in page_of(runs.passing()).text()


def test_nothing_that_a_server_answers_becomes_markup() -> None:
    run = probed(
        seen("forged-tokens", EVIL, 200, detail=f"<b>{EVIL}"),
        more=(seen("health-version", "app-1", EVIL), seen(EVIL, "x", 1)),
    )
    outline = page_of(run)
    assert not outline.all("script")
    assert not [tag for tag, _ in outline.tags if tag == "b"]
    assert outline.text().count(EVIL) >= 4
