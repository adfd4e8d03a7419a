"""A breaker's states, as its gauge and its counters tell them: none that it was in is missed."""

from collections.abc import Callable

import httpx
import pytest

from harness.run import Sample
from harness.sampling.base import Reading, State
from harness.sampling.breaker import OFTEN_S, SELDOM_S, BreakerMeter, path

GROWN = {"closed": 0.0, "half_open": 0.0, "open": 0.0}


@pytest.mark.parametrize(
    ("before", "after", "grown", "went"),
    [
        (None, "open", GROWN, ["open"]),
        ("closed", "closed", GROWN, ["closed"]),
        ("closed", "open", {"open": 1}, ["open"]),
        ("open", "half_open", {"half_open": 1}, ["half_open"]),
        ("open", "closed", {"half_open": 1, "closed": 1}, ["half_open", "closed"]),
        ("open", "open", {"half_open": 1, "open": 1}, ["half_open", "open"]),
        ("open", "closed", {"half_open": 2, "open": 1, "closed": 1}, ["half_open", "open", "half_open", "closed"]),
        ("open", "open", {"half_open": 1, "closed": 1, "open": 1}, ["half_open", "closed", "open"]),
        ("closed", "half_open", {"open": 1, "half_open": 1}, ["open", "half_open"]),
    ],
)
def test_the_way_goes_through_what_was_counted(
    before: str | None, after: str, grown: dict[str, float], went: list[str]
) -> None:
    assert path(before, after, GROWN | grown) == went


@pytest.mark.parametrize(
    "grown",
    [{}, {"half_open": -3.0}, {"closed": 1.0}, {"open": 1.0}, {"half_open": 50.0, "open": 50.0}],
    ids=["uncounted", "another process", "impossible", "unfinished", "too many"],
)
def test_where_the_counters_tell_no_way_the_gauge_is_believed(grown: dict[str, float]) -> None:
    assert path("closed", "closed", grown) == ["closed"]


@pytest.fixture
def meter(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[httpx.Request], httpx.Response]], BreakerMeter]:
    def of(answer: Callable[[httpx.Request], httpx.Response]) -> BreakerMeter:
        meter = BreakerMeter("app-1", "127.0.0.1", 1)
        meter._client = httpx.AsyncClient(base_url="http://app-1", transport=httpx.MockTransport(answer))
        return meter

    return of


def told(state: int, closed: int, half_open: int, opened: int) -> str:
    counts = {"closed": closed, "half_open": half_open, "open": opened}
    lines = [f'circuit_breaker_entered_total{{name="ai",state="{word}"}} {n:.1f}' for word, n in counts.items() if n]
    return "\n".join(["# TYPE circuit_breaker_state gauge", f'circuit_breaker_state{{name="ai"}} {state:.1f}', *lines])


async def test_a_trial_that_is_over_between_two_readings_is_told(meter: Callable[..., BreakerMeter]) -> None:
    answers = iter([told(2, 1, 0, 1), told(0, 2, 1, 1)])
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, text=next(answers))

    one = meter(answer)
    first, second = await one.read(), await one.read()
    await one.close()
    assert [state.state for state in first.states] == ["open"]
    assert second.states == [State("breaker", "app", "app-1", word) for word in ("half_open", "closed")]
    assert figures(second) == {
        "breaker_state": 0,
        "breaker_opened_total": 1,
        "breaker_half_opened_total": 1,
        "breaker_closed_total": 2,
    }
    assert "name[]=circuit_breaker_state" in asked[0]
    assert one.interval_s == OFTEN_S


def figures(reading: Reading) -> dict[str, float]:
    assert all(isinstance(sample, Sample) and sample.subject == "app-1" for sample in reading.samples)
    return {sample.metric: sample.value for sample in reading.samples}


async def test_an_instance_without_a_breaker_is_asked_seldom(meter: Callable[..., BreakerMeter]) -> None:
    one = meter(lambda _: httpx.Response(404, text="no such page"))
    assert await one.read() == Reading([], [])
    assert one.interval_s == SELDOM_S
    await one.close()


async def test_an_instance_that_is_gone_has_no_state(meter: Callable[..., BreakerMeter]) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    one = meter(refuse)
    assert await one.read() == Reading([], [])
    assert one.interval_s == OFTEN_S
    await one.close()
