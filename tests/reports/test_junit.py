"""junit.xml: well-formed, and its counts are those of its cases."""

import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest

from harness.checks.judge import judge
from harness.finding import Finding, Verdict, VerdictDocument
from harness.run import Run
from reports.junit import junit
from tests.reports import runs


def suite_of(run: Run, verdict: VerdictDocument | None = None) -> ET.Element:
    suite = ET.fromstring(junit(run, verdict or judge(run))).find("testsuite")
    assert suite is not None
    return suite


@pytest.mark.parametrize("make", [runs.passing, runs.failing, runs.inconclusive, runs.cut_off, runs.empty])
def test_a_case_for_each_finding_counted_by_its_verdict(make: Callable[[], Run]) -> None:
    run = make()
    verdicts = [finding.verdict for finding in judge(run).findings]
    suite = suite_of(run)
    assert len(suite.findall("testcase")) == int(suite.attrib["tests"]) == len(verdicts)
    assert len(suite.findall("testcase/failure")) == int(suite.attrib["failures"]) == verdicts.count(Verdict.FAIL)
    errors = verdicts.count(Verdict.INCONCLUSIVE)
    assert len(suite.findall("testcase/error")) == int(suite.attrib["errors"]) == errors


def test_a_failure_carries_its_evidence_and_the_suite_the_run() -> None:
    suite = suite_of(runs.failing())
    failure = suite.find("testcase[@name='detected < 2 s']/failure")
    assert failure is not None
    assert failure.attrib["message"] == "lb never took app-2 out in the 10.3 s of kill app-2"
    assert "claims: RES-KILL, INF-LB" in str(failure.text)
    properties = {p.attrib["name"]: p.attrib["value"] for p in suite.findall("properties/property")}
    assert properties["run"] == "kill-instance"
    assert properties["verdict"] == "fail"
    assert suite.attrib["timestamp"] == "2026-03-01T12:00:00"
    assert suite.attrib["time"] == "33.400"


def test_names_are_unique_and_the_same_from_run_to_run() -> None:
    names = [
        [case.attrib["name"] for case in suite_of(make()).findall("testcase")] for make in (runs.passing, runs.failing)
    ]
    assert names[0] == names[1]
    assert len(set(names[0])) == len(names[0])


def test_twins_get_a_number_and_forbidden_characters_go() -> None:
    finding = Finding(check="slo", verdict=Verdict.FAIL, evidence="a \x00 b ]]> <c>\ud800")
    verdict = VerdictDocument(schema=1, verdict=Verdict.FAIL, drill="d", findings=(finding, finding, finding))
    cases = suite_of(runs.empty(), verdict).findall("testcase")
    assert [case.attrib["name"] for case in cases] == ["slo", "slo (2)", "slo (3)"]
    assert cases[0][0].attrib["message"] == "a � b ]]> <c>�"
