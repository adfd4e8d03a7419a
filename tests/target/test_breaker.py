"""The circuit breaker, on a clock of the test's own."""

from __future__ import annotations

import asyncio

import pytest

from target.external.breaker import FEWEST_CALLS, WINDOW_S, Breaker, BreakerOpen, State

RESET_S = 30.0


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def seen() -> list[State]:
    return []


@pytest.fixture
def breaker(clock: Clock, seen: list[State]) -> Breaker:
    return Breaker("test", 50, RESET_S, seen.append, clock)


def state(breaker: Breaker) -> str:
    return breaker.state.name


def calls(breaker: Breaker, outcomes: str) -> None:
    """One call for each letter: `+` succeeds, `-` fails, `x` is given up by its caller."""
    errors = {"-": OSError(), "x": asyncio.CancelledError()}
    for outcome in outcomes:
        try:
            with breaker.admit():
                if outcome in errors:
                    raise errors[outcome]
        except (OSError, asyncio.CancelledError):
            pass


def test_it_opens_when_half_of_the_calls_have_failed(breaker: Breaker) -> None:
    calls(breaker, "+++++" + "----")
    assert state(breaker) == "CLOSED"
    calls(breaker, "-")
    assert state(breaker) == "OPEN"


def test_failures_in_between_count_as_much_as_failures_in_a_row(breaker: Breaker) -> None:
    calls(breaker, "+-+-+")
    assert state(breaker) == "CLOSED"
    calls(breaker, "-")
    assert state(breaker) == "OPEN"


def test_a_few_calls_tell_nothing(breaker: Breaker) -> None:
    calls(breaker, "-" * (FEWEST_CALLS - 1))
    assert state(breaker) == "CLOSED"
    calls(breaker, "-")
    assert state(breaker) == "OPEN"


def test_what_failed_long_ago_is_forgotten(breaker: Breaker, clock: Clock) -> None:
    calls(breaker, "----")
    clock.now += WINDOW_S + 0.1
    calls(breaker, "-")
    assert state(breaker) == "CLOSED"


def test_while_open_nothing_goes_through_and_callers_are_told_how_long(breaker: Breaker, clock: Clock) -> None:
    calls(breaker, "-----")
    clock.now += 10
    with pytest.raises(BreakerOpen) as refused:
        breaker.admit()
    assert refused.value.retry_after_s == RESET_S - 10


def test_half_open_lets_one_call_through_and_closes_when_it_succeeds(
    breaker: Breaker, clock: Clock, seen: list[State]
) -> None:
    calls(breaker, "-----")
    clock.now += RESET_S
    with breaker.admit() as trial:
        assert trial.is_trial
        assert state(breaker) == "HALF_OPEN"
        with pytest.raises(BreakerOpen):
            breaker.admit()
    assert seen == [State.CLOSED, State.OPEN, State.HALF_OPEN, State.CLOSED]
    # What was counted before is forgotten.
    calls(breaker, "+----")
    assert state(breaker) == "OPEN"


def test_half_open_opens_again_for_the_whole_time_when_the_trial_fails(breaker: Breaker, clock: Clock) -> None:
    calls(breaker, "-----")
    clock.now += RESET_S
    calls(breaker, "-")
    assert state(breaker) == "OPEN"
    clock.now += RESET_S - 0.1
    with pytest.raises(BreakerOpen):
        breaker.admit()


def test_a_caller_that_gives_up_says_nothing_about_the_service(breaker: Breaker, clock: Clock) -> None:
    calls(breaker, "----" + "x" * 10)
    assert state(breaker) == "CLOSED"
    calls(breaker, "-")
    clock.now += RESET_S
    calls(breaker, "x")
    assert state(breaker) == "HALF_OPEN"
    calls(breaker, "+")
    assert state(breaker) == "CLOSED"


def test_a_call_that_ends_after_the_breaker_opened_changes_nothing(breaker: Breaker) -> None:
    late = breaker.admit()
    calls(breaker, "-----")
    with late:
        pass
    assert state(breaker) == "OPEN"
