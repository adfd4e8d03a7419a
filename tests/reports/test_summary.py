"""summary.md: a table that stays one, whatever the recording holds."""

from harness.checks.judge import judge
from harness.finding import Finding, Verdict, VerdictDocument
from harness.run import Run
from reports.summary import summary
from tests.reports import runs


def text_of(run: Run) -> str:
    return summary(run, judge(run)).decode()


def test_it_begins_with_the_verdict_and_lists_what_failed_first() -> None:
    lines = text_of(runs.failing()).splitlines()
    assert lines[0].startswith(
        "### ✗ FAIL: One of three instances is killed under load — 2 of 211 acknowledged writes lost"
    )
    rows = [line for line in lines if line.startswith(("| ✗", "| ?", "| ✓"))]
    assert len(rows) == 12
    assert [row[2] for row in rows] == ["✗"] * 3 + ["✓"] * 9


def test_a_failed_run_leads_to_its_post_mortem() -> None:
    link = "[postmortem.md](postmortem.md)"
    assert link in text_of(runs.failing())
    assert link not in text_of(runs.passing())


def test_it_has_the_figures_of_each_phase() -> None:
    assert "| baseline | 10.0 s | 618 | 61.8/s | 0 % | 4.93 ms | 11.6 ms | 16.8 ms | 25.8 ms |" in text_of(
        runs.passing()
    )


def test_an_empty_run_says_so() -> None:
    text = text_of(runs.empty())
    assert "No phase took place." in text
    assert "no request was recorded" in text


def test_evidence_can_neither_close_its_cell_nor_call_anybody() -> None:
    evil = "a | b\n# c <b> @team `d` [e](http://f)"
    finding = Finding(check="x", verdict=Verdict.FAIL, evidence=evil)
    verdict = VerdictDocument(schema=1, verdict=Verdict.FAIL, drill="d", findings=(finding,))
    row = next(line for line in summary(runs.empty(), verdict).decode().splitlines() if line.startswith("| ✗"))
    assert row.replace(r"\|", "").count("|") == 7
    assert r"\@team" in row
    assert r"\<b\>" in row
