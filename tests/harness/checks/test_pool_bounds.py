"""pool-bounds: the most connections that were ever sampled, on either side of the pool."""

import pytest

from harness.checks.pool_bounds import PoolBounds
from harness.errors import UsageError
from harness.finding import Finding, Verdict
from harness.run import Sample
from tests.builders import gauge, phase, run_of


def sampled(role: str, metric: str, *values: float) -> list[Sample]:
    """One sample a second, from second 0."""
    return [gauge(t, role, role, metric, value) for t, value in enumerate(values)]


CLIENTS = sampled("pool", "clients", 45, 1000, 1000, 45)
CONNECTIONS = sampled("db", "connections", 6, 26, 26, 20)
SERVERS = sampled("pool", "servers", 5, 25, 26, 20)


def test_the_highest_sample_of_the_whole_run_decides() -> None:
    run = run_of(phase("baseline", 0, 1), phase("fault", 1, 4), CLIENTS, CONNECTIONS, SERVERS)
    assert PoolBounds(servers=25, connections=50)(run) == Finding(
        check="pool-bounds",
        verdict=Verdict.FAIL,
        evidence="at most 26 server connections, 26 in the database, for 1,000 clients (server connections: at 2.0 s);"
        " the plan allows 25 and 50",
        subject="pool",
        value=26.0,
        unit="connections",
        threshold="<= 25",
    )
    kept = PoolBounds(servers=26, connections=50, clients=1000)(run)
    assert (kept.verdict, kept.value) == (Verdict.PASS, 26.0)


def test_connections_past_the_pool_count_too() -> None:
    run = run_of(phase("baseline", 0, 4), CLIENTS, sampled("db", "connections", 6, 97, 97, 6), SERVERS)
    assert PoolBounds(servers=30, connections=96)(run).verdict is Verdict.FAIL
    assert PoolBounds(servers=30, connections=97)(run).verdict is Verdict.PASS


def test_bounds_that_nobody_pressed_against_prove_nothing() -> None:
    run = run_of(phase("baseline", 0, 4), CLIENTS, CONNECTIONS, SERVERS)
    finding = PoolBounds(servers=30, connections=40, clients=1001)(run)
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert "too few clients" in finding.evidence
    # But too many are too many, for however few.
    assert PoolBounds(servers=20, connections=40, clients=1001)(run).verdict is Verdict.FAIL


def test_a_bound_is_kept_only_where_somebody_looked_but_broken_wherever_it_was_seen() -> None:
    run = run_of(phase("baseline", 0, 4), phase("fault", 4, 40), CLIENTS, CONNECTIONS, SERVERS)
    finding = PoolBounds(servers=30, connections=40)(run)
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.evidence.endswith("; but servers of pool was not sampled for 37.0 s of baseline")
    assert PoolBounds(servers=25, connections=40)(run).verdict is Verdict.FAIL


def test_what_was_not_sampled_kept_no_bound() -> None:
    for missing in (
        run_of(phase("baseline", 0, 4), CLIENTS, CONNECTIONS),
        run_of(phase("baseline", 0, 4), CLIENTS, SERVERS),
        run_of(phase("baseline", 0, 4), CONNECTIONS, SERVERS),
        run_of(phase("baseline", 0, 4), CLIENTS, CONNECTIONS, SERVERS[:3]),
    ):
        finding = PoolBounds(servers=30, connections=40)(missing)
        assert (finding.verdict, finding.value) == (Verdict.INCONCLUSIVE, None)


def test_bounds_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(UsageError, match="no bounds"):
        PoolBounds(servers=50, connections=40)
    with pytest.raises(UsageError, match="no bounds"):
        PoolBounds(servers=0, connections=40)
    with pytest.raises(UsageError, match="show no bound"):
        PoolBounds(servers=30, connections=40, samples=0)
