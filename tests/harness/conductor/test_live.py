"""The stop condition: it needs its whole window, and a healthy run never meets it."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from harness.clock import nanoseconds
from harness.conductor.live import LiveView
from harness.drill import Abort
from harness.progress.base import Live, Progress
from scenarios.clients.orders import Tick

TICK_S = 0.25
ABORT = Abort(errors_percent=50, seconds=10)


class Shown(Progress):
    def __init__(self) -> None:
        self.lives: list[Live] = []

    def live(self, live: Live) -> None:
        self.lives.append(live)


def tick(t: float, requests: int, errors: int, p95_ms: float | None = None) -> Tick:
    return Tick(
        t=nanoseconds(1000 + t),
        arrivals=requests,
        late=0,
        not_started=0,
        broke_off=0,
        lag_max_ms=0.1,
        cpu_percent=10,
        rss_bytes=90 << 20,
        requests=requests,
        errors=errors,
        p50_ms=None,
        p95_ms=p95_ms,
        clients=5,
        in_flight=3,
    )


def stretch(begin: float, end: float, requests: int, errors: int) -> Iterable[Tick]:
    return [tick(begin + k * TICK_S, requests, errors) for k in range(1, round((end - begin) / TICK_S) + 1)]


def stopped_at(*stretches: Iterable[Tick]) -> float | None:
    """When the stop condition is met, in seconds; None when it never is."""
    view = LiveView(ABORT, Progress())
    for one in stretches:
        for message in one:
            view.on_tick(message)
            if view.stop.reason:
                return message.t / 1e9 - 1000
    return None


def test_errors_for_the_whole_window_stop_the_drill_and_within_two_seconds() -> None:
    at = stopped_at(stretch(0, 5, 10, 0), stretch(5, 30, 10, 10))
    assert at is not None
    assert 15 <= at <= 17


def test_the_reason_is_the_condition() -> None:
    view = LiveView(ABORT, Progress())
    for message in stretch(0, 12, 10, 10):
        view.on_tick(message)
    assert view.stop.reason == ("the stop condition was met: more than 50 % of the answers were errors for 10 s")


async def test_who_waits_for_the_stop_is_told_why() -> None:
    view = LiveView(ABORT, Progress())
    for message in stretch(0, 12, 10, 10):
        view.on_tick(message)
    assert await view.stop.wait() == view.stop.reason


def test_a_burst_shorter_than_the_window_does_not_stop_it() -> None:
    assert stopped_at(stretch(0, 5, 10, 0), stretch(5, 14, 10, 10), stretch(14, 60, 10, 0)) is None


def test_bursts_with_a_good_second_between_them_do_not_add_up() -> None:
    bursts = [
        one
        for begin in range(0, 60, 10)
        for one in (stretch(begin, begin + 8, 9, 9), stretch(begin + 8, begin + 10, 9, 0))
    ]
    assert stopped_at(*bursts) is None


def test_exactly_the_limit_is_not_more_than_it() -> None:
    assert stopped_at(stretch(0, 60, 10, 5)) is None
    assert stopped_at(stretch(0, 60, 100, 51)) is not None


def test_silence_alone_does_not_stop_it() -> None:
    assert stopped_at(stretch(0, 60, 0, 0)) is None


def test_a_worker_whose_answers_are_all_errors_is_outweighed_by_good_ones() -> None:
    ill, well = stretch(0, 30, 10, 10), stretch(0, 30, 20, 0)
    assert stopped_at(message for pair in zip(ill, well, strict=True) for message in reversed(pair)) is None


@given(st.lists(st.tuples(st.integers(0, 200), st.floats(0, 0.5)), max_size=200))
def test_a_stream_with_no_bad_tick_never_stops(ticks: list[tuple[int, float]]) -> None:
    stream = [tick(k * TICK_S, requests, int(requests * share)) for k, (requests, share) in enumerate(ticks, start=1)]
    assert stopped_at(stream) is None


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 60)), max_size=6))
def test_it_stops_only_after_a_whole_window_of_bad_seconds(stretches: list[tuple[bool, int]]) -> None:
    bad = [is_bad for is_bad, length in stretches for _ in range(length)]
    at = stopped_at(tick(k * TICK_S, 10, 10 * is_bad) for k, is_bad in enumerate(bad, start=1))
    if at is not None:
        # The first second of the window may lie partly before it.
        window = bad[round((at - 10) / TICK_S) - 4 : round(at / TICK_S)]
        seconds = [window[begin : begin + 4] for begin in range(1, len(window) - 3)]
        assert all(sum(second) > 2 or len(second) < 4 for second in seconds)


def test_what_is_shown_is_of_the_last_two_seconds() -> None:
    shown = Shown()
    view = LiveView(ABORT, shown)
    for message in (tick(0.25, 100, 100, 900.0), tick(3.0, 10, 1, 12.0), tick(4.0, 10, 0, 20.0)):
        view.on_tick(message)
    assert shown.lives[-1] == Live(rate=10.0, p95_ms=20.0, errors_percent=5.0, in_flight=3)


def test_where_nothing_was_answered_nothing_is_shown() -> None:
    shown = Shown()
    LiveView(ABORT, shown).on_tick(tick(1, 0, 0))
    assert shown.lives == [Live(rate=0.0, p95_ms=None, errors_percent=None, in_flight=3)]
