from harness.run import Gauges
from tests.builders import at, gauge


def test_a_series_is_one_subject_s_metric_in_order_of_time() -> None:
    gauges = Gauges.of(
        [gauge(2, "app", "app-1", "cpu", 9), gauge(1, "app", "app-1", "cpu", 8), gauge(1, "app", "app-2", "cpu", 7)]
    )
    series = gauges.series("app", "app-1", "cpu")
    assert (series.t.tolist(), series.value.tolist()) == ([at(1), at(2)], [8, 9])


def test_what_was_not_sampled_is_empty() -> None:
    series = Gauges.of([gauge(1, "app", "app-1", "cpu", 8)]).series("app", "app-1", "memory")
    assert (len(series.t), len(series.value)) == (0, 0)


def test_a_series_is_cut_with_its_end_left_out() -> None:
    series = Gauges.of([gauge(t, "lb", "lb", "up", t) for t in (1, 2, 3)]).series("lb", "lb", "up")
    assert series.between(at(1), at(3)).value.tolist() == [1, 2]


def test_everything_sampled_is_named_once_and_sorted() -> None:
    gauges = Gauges.of([gauge(t, role, "x", "m", 1) for t in (1, 2) for role in ("lb", "app")])
    assert gauges.sampled() == [("app", "x", "m"), ("lb", "x", "m")]
    assert Gauges.of([]).sampled() == []
