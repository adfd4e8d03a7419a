"""A run: which request belongs to which phase, and what became of each fault."""

from pathlib import Path

from harness.run import FaultSpan, Noted, Run, Span
from tests.builders import ORIGIN, at, err, fault, gauge, note, ok, phase, record, run_of, state, steady, write

THREE = (phase("baseline", 0, 10), phase("fault", 10, 20), phase("recovery", 20, 30))


def starts(run: Run, name: str) -> list[float]:
    return [run.since_begin(int(t)) for t in run.during(name).intended]


def test_a_request_belongs_to_the_phase_of_its_intended_start() -> None:
    run = run_of(*THREE, ok(0), ok(9.99, lag=0.5, latency=0.005), ok(20), ok(29.999), ok(30))
    assert starts(run, "baseline") == [0, 9.99]
    assert starts(run, "fault") == []
    assert starts(run, "recovery") == [20, 29.999]


def test_a_request_in_flight_when_the_fault_took_effect_belongs_to_the_fault() -> None:
    met = err(9.5, 0.7)
    done_before = ok(9.5, 0.4)
    run = run_of(*THREE, met, done_before)
    assert run.during("fault").failed.tolist() == [True]
    assert run.during("baseline").failed.tolist() == [False]


def test_a_request_in_flight_when_a_phase_without_a_fault_began_stays_where_it_was_intended() -> None:
    run = run_of(*THREE, ok(19.5, 2.0))
    assert starts(run, "fault") == [19.5]
    assert starts(run, "recovery") == []


def test_requests_outside_of_every_phase_belong_to_none() -> None:
    run = run_of(phase("baseline", 0, 10), phase("recovery", 12, 20), ok(-1), ok(11), ok(21))
    assert [starts(run, name) for name in run.phases] == [[], []]


def test_a_phase_that_did_not_take_place_has_no_requests() -> None:
    assert len(run_of(*THREE, ok(1)).during("chaos")) == 0


def test_a_phase_that_was_played_twice_has_the_requests_of_both_times() -> None:
    run = run_of(phase("fault", 0, 5), phase("recovery", 5, 10), phase("fault", 10, 15), ok(1), ok(7), ok(12))
    assert run.phases == ["fault", "recovery"]
    assert starts(run, "fault") == [1, 12]
    assert [len(run.in_span(span)) for span in run.spans_of("fault")] == [1, 1]


def test_an_open_phase_ends_with_the_recording() -> None:
    run = run_of(phase("baseline", 0, 10), phase("recovery", 10, None), ok(11), ok(12, 1.5))
    assert run.spans == [
        Span("baseline", at(0), at(10), fault=False),
        Span("recovery", at(10), at(13.5), fault=False),
    ]
    assert starts(run, "recovery") == [11, 12]


def test_an_open_phase_of_which_nothing_was_recorded_has_no_length() -> None:
    run = run_of(phase("baseline", 3, None))
    assert run.spans == [Span("baseline", at(3), at(3), fault=False)]
    assert run.spans[0].seconds == 0


def test_what_was_played_leaves_out_logging_in_and_reading_back() -> None:
    login, early, late, read_back = ok(-2), ok(0), ok(29.9, 3.0), ok(31)
    run = run_of(*THREE, login, early, late, read_back)
    assert run.played.intended.tolist() == [at(0), at(29.9)]
    assert len(run.requests) == 4


def test_without_phases_everything_was_played() -> None:
    assert len(run_of(ok(-2), ok(5)).played) == 2


def test_a_run_begins_with_its_first_phase_and_ends_with_the_last_thing_recorded() -> None:
    run = run_of(note(-1, "clients log in"), *THREE, ok(29, 4.0))
    assert (run.begin, run.end) == (at(0), at(33))
    assert run.since_begin(at(12.5)) == 12.5


def test_an_empty_run_begins_and_ends_at_its_clock_s_own_instant() -> None:
    run = run_of()
    assert (run.begin, run.end, run.spans, run.phases, run.faults) == (ORIGIN, ORIGIN, [], [], [])


def test_events_are_in_order_whatever_order_they_were_written_in() -> None:
    run = run_of(note(3, "third"), note(1, "first"), note(2, "second"))
    assert [event.text for event in run.events_of(Noted)] == ["first", "second", "third"]


def test_a_fault_s_life_is_folded_from_its_steps() -> None:
    run = run_of(
        fault("kill", "app-2", number=1, asked=10, felt=10.1, heal=20, gone=20.4),
        fault("drop", "cache", number=2, asked=30, heal=31),
    )
    assert run.faults == [
        FaultSpan("kill", "app-2", asked=at(10), felt=at(10.1), heal=at(20), gone=at(20.4)),
        FaultSpan("drop", "cache", asked=at(30), felt=None, heal=at(31), gone=None),
    ]


def test_a_run_read_from_its_folder_is_the_run_that_was_recorded(tmp_path: Path) -> None:
    things = (
        *THREE,
        steady(0, 30, rate=5),
        err(12),
        fault(asked=9.9, felt=10, heal=20, gone=20),
        state(10.3, "DOWN"),
        gauge(1, "lb", "app-1", "up", 1),
        write("one"),
        note(31, "settled"),
    )
    built, read = run_of(*things), Run.open(record(tmp_path, *things))
    assert read.whole
    assert read.plan == built.plan
    assert read.events == built.events
    assert read.writes == built.writes
    assert read.requests.intended.tolist() == built.requests.intended.tolist()
    assert read.requests.failed.tolist() == built.requests.failed.tolist()
    assert read.gauges.sampled() == [("lb", "app-1", "up")]
    assert (read.spans, read.faults, read.folder) == (built.spans, built.faults, tmp_path)


def test_a_folder_with_nothing_but_its_plan_is_an_empty_run(tmp_path: Path) -> None:
    run_of().plan.write(tmp_path)
    run = Run.open(tmp_path)
    assert (len(run.requests), run.events, run.writes, run.gauges.sampled()) == (0, [], [], [])


def test_a_recording_cut_short_is_read_and_not_whole(tmp_path: Path) -> None:
    for name in ("requests/browse-0.arrow", "gauges.arrow"):
        folder = tmp_path / name.replace("/", "-")
        folder.mkdir()
        record(folder, *THREE, steady(0, 30), gauge(1, "lb", "app-1", "up", 1))
        file = folder / name
        file.write_bytes(file.read_bytes()[:-8])
        run = Run.open(folder)
        assert not run.whole
        assert (len(run.requests), run.gauges.sampled()) == (600, [("lb", "app-1", "up")])
