"""The arithmetic of the charts: the checks' own definitions, only faster."""

import numpy as np
import pytest

from harness.checks.judge import judge
from harness.checks.percentile import percentile
from harness.checks.slo import slo
from harness.run import Series
from reports.gauges import gauges, per_second
from reports.limits import latency_limits
from reports.palette import SERIES
from reports.series import buckets, percentile_by_bucket, traffic
from reports.story import tell
from reports.tables import error_rows, phase_rows, shares
from tests.builders import err, gauge, phase, plan_of, run_of
from tests.reports import runs


@pytest.mark.parametrize(("end", "width", "count"), [(0.0, 0.1, 1), (33.4, 0.5, 67), (60.0, 0.5, 120), (3600, 30, 120)])
def test_buckets_are_few_and_round(end: float, width: float, count: int) -> None:
    grid = buckets(end)
    assert (grid.width, grid.count) == (width, count)
    assert grid.edges[-1] == max(end, width)


def test_a_sliver_at_the_end_is_no_bucket_of_its_own() -> None:
    assert buckets(33.01).count == 66
    assert buckets(33.01).edges[-1] == 33.01


def test_a_buckets_percentile_is_that_of_the_checks() -> None:
    rng = np.random.default_rng(1)
    index, values = rng.integers(-1, 12, 3000), rng.exponential(1, 3000)
    index[index == 5] = 6
    for q in (50.0, 95.0, 99.9, 100.0):
        found = percentile_by_bucket(index, values, 12, q)
        for bucket in range(12):
            expected = percentile(values[index == bucket], q)
            assert (np.isnan(found[bucket]) and bucket == 5) if expected is None else found[bucket] == expected


def test_every_request_is_counted_once_over_time() -> None:
    run = runs.failing()
    flow = traffic(run, tell(run))
    widths = np.diff(flow.buckets.edges)
    assert (flow.offered * widths).sum() == pytest.approx(len(run.requests))
    assert sum((band.rate * widths).sum() for band in flow.errors) == pytest.approx(run.requests.failed.sum())
    answered = (flow.answered * widths).sum() + run.requests.failed.sum()
    assert answered == pytest.approx(len(run.requests))


def test_a_killed_instance_has_no_share_of_the_fault() -> None:
    found = shares(runs.passing())
    assert found.phases == ["warm-up", "baseline", "fault", "recovery"]
    assert dict(found.rows)["app-2"] == ["33.5 %", "33.8 %", "0 %", "31.6 %"]


def test_an_error_says_who_answered_it() -> None:
    at_two = [err(1)._replace(instance="app-2")] * 2
    (answered, silent) = error_rows(run_of(phase("baseline", 0, 10), at_two, [err(2, error="timeout", status=0)]))
    assert (answered.kind, answered.instances) == ("HTTP 500", "app-2 × 2")
    assert (silent.kind, silent.instances) == ("timeout", "–")


def test_a_limit_is_drawn_where_it_is_held() -> None:
    checks = slo("http.p95 < 2s", during=("baseline", "recovery"))
    run = run_of(phase("baseline", 0, 5), phase("fault", 5, 8), phase("recovery", 8, 10), plan=plan_of(checks=checks))
    (limit,) = latency_limits(judge(run), tell(run))
    assert (limit.seconds, limit.spans) == (2.0, [(0.0, 5.0), (8.0, 10.0)])


def test_latency_from_the_send_stands_beside_that_from_the_intended_start() -> None:
    fault = phase_rows(runs.passing())[2]
    assert (fault.quantiles[1].text, fault.closed.text) == ("20.9 ms", "18.4 ms")


def test_errors_between_two_phases_are_told_as_such() -> None:
    rows = error_rows(runs.failing())
    assert [row.kind for row in rows] == ["connection reset", "HTTP 502"]
    assert rows[0].phases == "fault × 135, between phases × 5"


def test_members_of_a_role_share_a_chart_and_what_was_always_0_has_none() -> None:
    by_role = {role.role: role for role in gauges(runs.passing())}
    assert list(by_role) == ["app", "lb", "pool", "db", "cache", "generator"]
    assert [line.subject for line in by_role["app"].drawn[0].lines] == ["app-1", "app-2", "app-3"]
    assert by_role["lb"].flat == ["queued"]
    up = by_role["lb"].drawn[0]
    assert up.name == "members up"
    assert (up.lines[0].value.max(), up.lines[0].value.min()) == (3, 2)
    assert all(len(gauge.lines) <= len(SERIES) for role in by_role.values() for gauge in role.drawn)


def test_a_counter_that_fell_has_no_rate_there() -> None:
    series = Series(np.array([0, 1, 2, 3]) * 10**9, np.array([10.0, 30.0, 5.0, 6.0]))
    assert per_second(series).value.tolist() == [20.0, 1.0]
    assert per_second(series).t.tolist() == [10**9, 3 * 10**9]


def test_an_outage_that_is_shorter_than_a_step_of_the_chart_is_drawn_all_the_same() -> None:
    looks = [gauge(t / 10, "app", "app-1", "up", float(not 3 <= t / 10 < 3.5)) for t in range(6000)]
    busy = [gauge(t / 10, "app", "app-1", "cpu_percent", 90.0 if t == 33 else 1.0) for t in range(6000)]
    (role,) = gauges(run_of(phase("baseline", 0, 600), looks, busy))
    by_name = {chart.metric: chart.lines[0].value for chart in role.drawn}
    assert by_name["up"].min() == 0
    assert by_name["cpu_percent"].max() == 90
