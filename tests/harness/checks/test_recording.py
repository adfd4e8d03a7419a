"""recording and survived: what the verdict rests on is there, and no server died on its own."""

import pytest

from harness.checks.recording import RecordingWhole, ServersSurvived
from harness.finding import Finding, Verdict
from harness.run import PlannedPhase, Sample
from tests.builders import err, exited, gauge, note, ok, phase, plan_of, run_of, steady

WHOLE = RecordingWhole()
SURVIVED = ServersSurvived()
BASELINE = phase("baseline", 0, 10)


def whole(verdict: Verdict, evidence: str, requests: float) -> Finding:
    return Finding(check="recording", verdict=verdict, evidence=evidence, value=requests, unit="requests")


def test_a_recording_to_the_end_passes() -> None:
    run = run_of(BASELINE, steady(0, 10), note(11, "settled for 0.01 s after the load ended"))
    assert WHOLE(run) == whole(Verdict.PASS, "200 requests recorded to the end", 200)


def test_a_recording_that_was_cut_short_is_inconclusive() -> None:
    run = run_of(BASELINE, steady(0, 10), whole=False)
    assert WHOLE(run) == whole(Verdict.INCONCLUSIVE, "the recording was cut short", 200)


def test_a_recording_without_requests_is_inconclusive() -> None:
    assert WHOLE(run_of(BASELINE)) == whole(Verdict.INCONCLUSIVE, "no request was recorded", 0)


def test_a_recording_without_a_single_answer_is_inconclusive() -> None:
    run = run_of(BASELINE, [err(k) for k in range(10)])
    assert WHOLE(run) == whole(Verdict.INCONCLUSIVE, "no request was answered", 10)


def test_planned_phases_that_did_not_take_place_are_named_once() -> None:
    names = ("baseline", "fault", "recovery", "fault")
    plan = plan_of(timeline=[PlannedPhase(name=name, seconds=10) for name in names])
    run = run_of(BASELINE, steady(0, 10), plan=plan)
    evidence = "these phases did not take place: fault, recovery"
    assert WHOLE(run) == whole(Verdict.INCONCLUSIVE, evidence, 200)


def test_every_problem_that_was_noted_is_told() -> None:
    problems = [note(5, "the disk is full", problem=True), note(6, "a note"), note(7, "aborted", problem=True)]
    run = run_of(BASELINE, steady(0, 10), problems, whole=False)
    evidence = "the recording was cut short; the disk is full; aborted"
    assert WHOLE(run) == whole(Verdict.INCONCLUSIVE, evidence, 200)


def test_servers_that_ended_only_when_asked_survived() -> None:
    run = run_of(BASELINE, exited(5, "app-2", expected=True))
    assert SURVIVED(run) == Finding(
        check="survived",
        verdict=Verdict.PASS,
        evidence="no server ended unless it was asked to",
        value=0.0,
        unit="servers",
    )


def test_a_server_that_ended_by_itself_fails() -> None:
    run = run_of(BASELINE, exited(5.25, "db"), exited(6, "app-2"), exited(7, "app-1", expected=True))
    assert SURVIVED(run) == Finding(
        check="survived",
        verdict=Verdict.FAIL,
        evidence="db ended by itself at 5.2 s: status 1",
        subject="db",
        value=2.0,
        unit="servers",
    )


@pytest.mark.parametrize("things", [(), (exited(5, "db"),)], ids=["nothing", "a death"])
def test_without_a_phase_nobody_watched_the_servers(things: tuple[object, ...]) -> None:
    finding = SURVIVED(run_of(*things))  # type: ignore[arg-type]
    assert (finding.verdict, finding.value) == (Verdict.INCONCLUSIVE, None)


def test_logging_in_is_no_load() -> None:
    run = run_of(BASELINE, [ok(-2, name="POST /auth/login"), ok(11, name="(read back)")])
    evidence = "no request was sent once the clients had logged in"
    assert WHOLE(run) == whole(Verdict.INCONCLUSIVE, evidence, 2)


def looks(value: float, *times: float, metric: str = "answers") -> list[Sample]:
    return [gauge(t, "db", "db", metric, value) for t in times]


@pytest.mark.parametrize("metric", ["answers", "processes"])
def test_a_server_that_nobody_looked_at_for_long_is_told(metric: str) -> None:
    run = run_of(BASELINE, steady(0, 10), looks(1, 0.5, 1, 1.5, 9, metric=metric))
    assert WHOLE(run) == whole(Verdict.INCONCLUSIVE, "nobody asked db for figures for 7.5 s of baseline", 200)


def test_a_server_that_never_answered_is_told() -> None:
    run = run_of(BASELINE, steady(0, 10), looks(0, *range(10)))
    assert WHOLE(run) == whole(Verdict.INCONCLUSIVE, "db never gave the figures that it was asked for", 200)


def test_a_server_may_be_silent_under_a_fault_and_not_without_one() -> None:
    asked = looks(1, *range(5), *range(25, 31))
    silent = looks(0, *range(5, 25))
    under_a_fault = run_of(phase("baseline", 0, 5), phase("fault", 5, 25), phase("recovery", 25, 30), steady(0, 30))
    without = run_of(phase("baseline", 0, 30), steady(0, 30), asked, silent)
    harmed = run_of(
        phase("baseline", 0, 5), phase("fault", 5, 25), phase("recovery", 25, 30), steady(0, 30), asked, silent
    )
    assert WHOLE(under_a_fault).verdict is Verdict.PASS
    assert WHOLE(harmed).verdict is Verdict.PASS
    assert WHOLE(without) == whole(Verdict.INCONCLUSIVE, "db gave no figures for 21.0 s of baseline", 600)
