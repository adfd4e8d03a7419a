"""judge: every check is asked, none can break the verdict, and nothing measured is never a pass."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import harness.checks as room
from harness.checks.base import Check
from harness.checks.detected import Detected
from harness.checks.judge import expected_checks, implicit_checks, judge, kinds, read_verdict, write_verdict
from harness.checks.metrics import METRICS
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.recovered import Recovered
from harness.checks.slo import Slo
from harness.checks.threshold import UNITS
from harness.drill import thresholds
from harness.errors import UsageError
from harness.finding import Finding, Verdict
from harness.run import SCHEMA, PlannedPhase, Run, RunPlan
from tests.builders import (
    exited,
    fault,
    gauge,
    generator,
    interfered,
    ok,
    phase,
    plan_of,
    planned_as_played,
    record,
    run_of,
    state,
    steady,
    write,
)

PHASES = ("baseline", "fault", "recovery")
CHECKS = (
    Slo(threshold="http.p95 < 1s", phase="baseline"),
    Slo(threshold="http.errors < 5%", phase="fault"),
    Detected(by="lb", within=2),
    Recovered(within=10),
    NoWriteLost(),
)
IMPLICIT = sorted(name for name, kind in kinds().items() if kind.implicit)
WELL = [
    *(
        thing
        for begin, name in ((0, "baseline"), (10, "fault"), (20, "recovery"))
        for thing in phase(name, begin, begin + 10)
    ),
    *fault(asked=9.9, felt=10, heal=20, gone=20),
    *steady(0, 30),
    *(sample for t in range(30) for sample in generator(t)),
    gauge(1, "lb", "app-2", "up", 1),
    state(10.5, "DOWN"),
    write("a"),
]
PLAN = planned_as_played(WELL, checks=CHECKS)


class Broken(Check, tag="broken", frozen=True, kw_only=True):
    """Not in the room of the checks: nobody finds it there."""

    def __call__(self, run: Run) -> Finding:
        raise ZeroDivisionError("no requests to divide by")


def verdicts(run: Run) -> dict[str, Verdict]:
    return {finding.check: finding.verdict for finding in judge(run).findings}


def test_a_run_in_which_all_is_well_passes() -> None:
    document = judge(run_of(WELL, plan=PLAN))
    assert (document.schema, document.drill, document.verdict) == (SCHEMA, "drill", Verdict.PASS)
    assert {finding.verdict for finding in document.findings} == {Verdict.PASS}


def test_what_was_expected_comes_first_then_what_holds_for_every_run() -> None:
    document = judge(run_of(WELL, plan=PLAN))
    expected = ["slo", "slo", "detected", "recovered", "no-write-lost"]
    assert [finding.check for finding in document.findings] == expected + IMPLICIT


def test_only_what_was_expected_proves_the_drill_s_claims() -> None:
    plan = plan_of(checks=CHECKS[:1], claims=("PERF-SLO",))
    findings = judge(run_of(steady(0, 10), plan=plan)).findings
    assert [finding.claims for finding in findings] == [("PERF-SLO",), *([()] * len(IMPLICIT))]


def test_a_failure_outweighs_what_is_inconclusive_and_that_a_pass() -> None:
    assert judge(run_of(WELL, plan=PLAN, whole=False)).verdict is Verdict.INCONCLUSIVE
    assert judge(run_of(WELL, exited(15, "db"), plan=PLAN)).verdict is Verdict.FAIL
    assert judge(run_of(WELL, exited(15, "db"), plan=PLAN, whole=False)).verdict is Verdict.FAIL


def test_a_check_that_raises_is_inconclusive_with_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(kinds(), "broken", Broken)
    plan = planned_as_played(WELL, checks=(Broken(), CHECKS[0]))
    document = judge(run_of(WELL, plan=plan))
    broken, after = document.findings[:2]
    assert (broken.check, broken.verdict, broken.value) == ("broken", Verdict.INCONCLUSIVE, None)
    assert broken.evidence.startswith("the check itself broke: Traceback (most recent call last):")
    assert "ZeroDivisionError: no requests to divide by" in broken.evidence
    assert "in __call__" in broken.evidence
    assert (after.check, after.verdict) == ("slo", Verdict.PASS)
    assert document.verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    "raw",
    [
        '{"check": "no-such-check"}',
        '{"check": "slo", "threshold": "http.p95 < 1s"}',
        '{"check": "slo", "threshold": "http.speed < 1s", "phase": "baseline"}',
        '{"check": "recovered", "within": 10, "patience": 3}',
        '{"check": "recovered", "within": "soon"}',
        '{"phase": "baseline"}',
        "[]",
    ],
)
def test_a_run_that_asks_for_an_unknown_check_is_wrong_usage(tmp_path: Path, raw: str) -> None:
    drill = msgspec.structs.replace(plan_of().drill, checks=(msgspec.Raw(raw.encode()),))
    msgspec.structs.replace(plan_of(), drill=drill).write(tmp_path)
    with pytest.raises(UsageError, match=r"^run\.json asks for a check that this harness does not have: "):
        judge(Run.open(tmp_path))


def test_checks_survive_run_json(tmp_path: Path) -> None:
    assert tuple(expected_checks(Run.open(record(tmp_path, WELL, plan=PLAN)))) == CHECKS


def test_every_check_is_found_by_its_file() -> None:
    files = [file for file in Path(room.__file__).parent.glob("*.py") if file.stem != "base"]
    tags = [tag for file in files for tag in re.findall(r"^class \w+\(\w+, tag=\"([\w-]+)\"", file.read_text(), re.M)]
    assert sorted(kinds()) == sorted(tags)
    assert {check.name for check in CHECKS} < set(tags)


def test_the_checks_that_judge_every_run_need_no_parameters() -> None:
    assert [check.name for check in implicit_checks()] == IMPLICIT
    assert {"faults", "generator", "recording", "survived"} <= set(IMPLICIT)


def test_a_folder_judged_twice_has_the_same_verdict(tmp_path: Path) -> None:
    folder = record(tmp_path, WELL, plan=PLAN)
    first, second = judge(Run.open(folder)), judge(Run.open(folder))
    assert first == second
    assert msgspec.json.encode(first) == msgspec.json.encode(second)
    assert first == judge(run_of(WELL, plan=PLAN))


def test_a_verdict_is_read_as_it_was_written(tmp_path: Path) -> None:
    document = judge(run_of(WELL, plan=PLAN))
    write_verdict(tmp_path, document)
    assert read_verdict(tmp_path) == document


def test_a_folder_without_a_verdict_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has not been judged: run `harness report` on it"):
        read_verdict(tmp_path)
    (tmp_path / "verdict.json").write_text("{")
    with pytest.raises(UsageError, match=r"verdict\.json cannot be read: "):
        read_verdict(tmp_path)


THRESHOLDS = st.builds(
    lambda metric, operator, limit, unit: f"{metric} {operator} {limit}{unit(metric)}",
    st.sampled_from(sorted(METRICS)),
    st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
    st.integers(min_value=0, max_value=1000),
    st.just(lambda metric: next(iter(UNITS[METRICS[metric].unit]))),
)
PARAMETERS: dict[str, st.SearchStrategy[Any]] = {
    "threshold": THRESHOLDS,
    "slo": st.lists(THRESHOLDS, max_size=3).map(tuple),
    "phase": st.sampled_from([*PHASES, "nowhere"]),
    "by": st.sampled_from(["lb", "app"]),
    "within": st.floats(min_value=0, max_value=1e6),
    "of": st.just("forged-tokens"),
    "equals": st.integers(0, 600),
    "claim": st.just("SEC-RATE"),
    "instead": st.just("say less"),
    "role": st.sampled_from(["pool", "app"]),
    "metrics": st.just(("servers", "queries_total")),
    "figure": st.sampled_from(["http.p95", "http.max"]),
    "most_a_minute": st.floats(min_value=0.01, max_value=1e3),
    "margin_ms": st.floats(min_value=0.5, max_value=1e3),
    "most_mib": st.floats(min_value=0.5, max_value=1e3),
    "servers": st.integers(1, 50),
    "connections": st.integers(50, 100),
    "margin": st.floats(min_value=0, max_value=100),
    "request": st.sampled_from(["GET /feed", "POST /posts"]),
    "statuses": st.sampled_from([(200,), (201, 507)]),
    "most": st.floats(min_value=0.5, max_value=10),
    "interval_s": st.floats(min_value=0.1, max_value=10),
    "open_s": st.floats(min_value=0.1, max_value=60),
    "closes_within": st.floats(min_value=0, max_value=60),
    "objective": st.floats(min_value=50, max_value=99.999),
    "times": st.integers(1, 10),
    "most_rate": st.floats(min_value=0, max_value=1e3),
    "alert": st.just("HighErrorRate"),
    "told": st.just("on-call"),
    "pace": st.floats(min_value=1, max_value=100),
    "longest_silence": st.floats(min_value=0, max_value=1e3),
    "least_rate": st.floats(min_value=0.5, max_value=1e3),
}
"""How each parameter of a check is drawn. A new check needs a line here only for a new kind of required parameter."""


def some_check() -> st.SearchStrategy[Check]:
    def of(kind: type[Check]) -> st.SearchStrategy[Check]:
        fields = msgspec.structs.fields(kind)
        names = [field.name for field in fields if field.required or field.name in PARAMETERS]
        return st.builds(kind, **{name: PARAMETERS[name] for name in names})

    return st.sampled_from([kinds()[name] for name in sorted(kinds())]).flatmap(of)


def planned() -> RunPlan:
    """Three phases, one with a fault: the plan of a run of which nothing was recorded."""
    timeline = [PlannedPhase(name=name, seconds=10, fault="kill" if name == "fault" else None) for name in PHASES]
    return plan_of(timeline=timeline)


@given(check=some_check())
def test_no_check_passes_on_an_empty_run(check: Check) -> None:
    finding = check(run_of(plan=planned()))
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.value in (None, 0.0 if check.name == "recording" else None)


@given(check=some_check(), phases=st.sets(st.sampled_from(PHASES)))
def test_no_expectation_passes_on_phases_in_which_nothing_was_recorded(check: Check, phases: set[str]) -> None:
    run = run_of(
        [phase(name, 10 * PHASES.index(name), 10 * PHASES.index(name) + 10) for name in phases], plan=planned()
    )
    verdict = check(run).verdict
    if check.name == "survived" and phases:
        # Servers were watched, and none was seen to end: that is a statement of its own.
        assert verdict is Verdict.PASS
    else:
        assert verdict is not Verdict.PASS


def test_an_empty_run_without_planned_faults_is_inconclusive_though_no_fault_failed() -> None:
    run = run_of(plan=plan_of())
    assert verdicts(run).pop("faults") is Verdict.PASS
    assert all(verdict is Verdict.INCONCLUSIVE for name, verdict in verdicts(run).items() if name != "faults")
    assert judge(run).verdict is Verdict.INCONCLUSIVE


@given(check=some_check(), data=st.data())
def test_a_check_is_a_pure_function_of_the_run(check: Check, data: st.DataObject) -> None:
    kept = data.draw(st.lists(st.sampled_from(WELL), unique_by=id))
    run = run_of(kept, plan=planned())
    assert check(run) == check(run_of(kept, plan=planned())) == check(run)


@given(check=some_check(), data=st.data())
def test_no_check_raises_whatever_is_missing_from_a_recording(check: Check, data: st.DataObject) -> None:
    kept = data.draw(st.lists(st.sampled_from([*WELL, ok(40), exited(5, "app-1")]), unique_by=id))
    assert check(run_of(kept, plan=planned())).check == check.name


def test_a_failure_after_somebody_elses_hand_proves_nothing() -> None:
    spoilt = [*WELL, exited(12, "cache")]
    assert judge(run_of(spoilt, plan=PLAN)).verdict is Verdict.FAIL
    document = judge(run_of(spoilt, interfered(11.9, "somebody else sent signal 15 to cache"), plan=PLAN))
    assert document.verdict is Verdict.INCONCLUSIVE
    (survived,) = [finding for finding in document.findings if finding.check == "survived"]
    assert "somebody else interfered" in survived.evidence
    (recording,) = [finding for finding in document.findings if finding.check == "recording"]
    assert "sent signal 15 to cache" in recording.evidence


@pytest.mark.parametrize(
    ("lasted", "verdict"), [(1.5, Verdict.INCONCLUSIVE), (3.0, Verdict.FAIL), (10.0, Verdict.FAIL)]
)
def test_what_did_not_happen_in_a_phase_that_was_cut_short_might_have_happened_yet(
    lasted: float, verdict: Verdict
) -> None:
    unseen = (phase("baseline", 0, 10), phase("fault", 10, 10 + lasted), fault(asked=9.9, felt=10, heal=10 + lasted))
    looks = [gauge(t / 2, "lb", "app-2", "up", 1) for t in range(50)]
    run = run_of(unseen, looks, steady(0, 10 + lasted), plan=PLAN)
    (detected,) = [finding for finding in judge(run).findings if finding.check == "detected"]
    assert detected.verdict is verdict
    assert detected.evidence.endswith("; but fault was cut short after 1.5 s") is (verdict is Verdict.INCONCLUSIVE)


def test_what_whoever_ran_it_asked_for_beside_the_drill_says_nothing_of_the_guide() -> None:
    own, expected = thresholds(["http.p95 < 1ms during baseline"], PHASES)[0], CHECKS[0]
    plan = planned_as_played(WELL, checks=(expected, own))
    drill = msgspec.structs.replace(plan.drill, claims=("PERF-SLO",))
    findings = judge(run_of(WELL, plan=msgspec.structs.replace(plan, drill=drill))).findings
    assert [(finding.verdict, finding.claims) for finding in findings[:2]] == [
        (Verdict.PASS, ("PERF-SLO",)),
        (Verdict.FAIL, ()),
    ]
