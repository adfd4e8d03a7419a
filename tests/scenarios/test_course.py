"""The course of a load: the same schedule, played faster or slower, and told in time to turn."""

from itertools import islice

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.run import Pace
from scenarios.clients.arrivals import NS, Schedule, constant, poisson
from scenarios.clients.course import Course

MS = 1_000_000


def due_ms(course: Course, schedule: Schedule, count: int) -> list[float]:
    return [course.due(offset) / MS for offset in islice(schedule, count)]


def test_what_is_told_nothing_plays_the_schedule_to_the_nanosecond() -> None:
    offsets = list(islice(constant(3), 1000))
    assert [Course().due(offset) for offset in offsets] == offsets


def test_at_twice_the_rate_arrivals_are_half_as_far_apart_and_then_as_before() -> None:
    course = Course((Pace(1), Pace(1, 2, 2), Pace(1)))
    assert due_ms(course, constant(4), 15) == [
        *(0, 250, 500, 750),
        *(1000, 1125, 1250, 1375, 1500, 1625, 1750, 1875),
        *(2000, 2250, 2500),
    ]


def test_the_last_pace_goes_on() -> None:
    assert due_ms(Course((Pace(1, 4, 4),)), constant(1), 9)[-2:] == [1750, 2000]


def test_a_ramp_from_nothing_has_half_of_what_its_end_would_have() -> None:
    due = np.array(due_ms(Course((Pace(10, 0, 1),)), constant(100), 2000))
    assert (due < 10_000).sum() == 500
    assert (due < 5_000).sum() == 125
    assert np.allclose(np.diff(due)[-3:], 10)


def test_independent_arrivals_stay_independent_at_another_rate() -> None:
    due = np.array(due_ms(Course((Pace(1000, 5, 5),)), poisson(10, seed=1), 20_000))
    gaps = np.diff(due)
    assert np.isclose(gaps.mean(), 20, rtol=0.03)
    assert np.isclose(gaps.std(), 20, rtol=0.05)


def test_from_the_turn_on_it_is_another_pace_and_nothing_is_played_twice_or_left_out() -> None:
    course = Course((Pace(1), Pace(10, 9, 9)))
    course.turn(NS // 2, (Pace(1, 2, 2),))
    assert due_ms(course, constant(4), 6) == [0, 250, 500, 625, 750, 875]


@given(
    paces=st.lists(st.builds(Pace, st.floats(0.1, 5), st.floats(0.1, 5), st.floats(0.1, 5)), max_size=5),
    turn=st.floats(0, 10),
)
def test_arrivals_come_in_their_order_whatever_the_course(paces: list[Pace], turn: float) -> None:
    course = Course(paces)
    course.turn(round(turn * NS), paces)
    due = due_ms(course, constant(50), 500)
    assert due == sorted(due)
