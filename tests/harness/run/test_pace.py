"""Pace: how much of a schedule a stretch of time plays, and when it has played so much."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.run import Pace

FACTORS = st.floats(min_value=0.05, max_value=20)
SECONDS = st.floats(min_value=0.01, max_value=1000)
PACES = st.builds(Pace, SECONDS, st.one_of(st.just(0.0), FACTORS), FACTORS)


@pytest.mark.parametrize(
    ("pace", "seconds", "worth"),
    [
        (Pace(10), 4, 4),
        (Pace(10, 3, 3), 4, 12),
        (Pace(10, 0, 1), 10, 5),
        (Pace(10, 0, 1), 5, 1.25),
        (Pace(10, 0, 2), 15, 20),
        (Pace(10, 2, 1), 10, 15),
    ],
)
def test_so_many_seconds_are_worth_as_many_at_the_loads_own_rate(pace: Pace, seconds: float, worth: float) -> None:
    assert pace.worth(seconds) == pytest.approx(worth)
    assert pace.when(worth) == pytest.approx(seconds)


@given(pace=PACES, share=st.floats(min_value=0, max_value=3))
def test_when_is_the_inverse_of_worth(pace: Pace, share: float) -> None:
    worth = share * pace.worth(pace.seconds)
    assert pace.worth(pace.when(worth)) == pytest.approx(worth, rel=1e-9, abs=1e-12)


@given(pace=PACES, shares=st.tuples(st.floats(0, 0.99), st.floats(0, 2)))
def test_what_is_left_of_it_goes_on_where_it_was(pace: Pace, shares: tuple[float, float]) -> None:
    passed, more = (share * pace.seconds for share in shares)
    rest = pace.after(passed)
    assert rest.worth(more) == pytest.approx(pace.worth(passed + more) - pace.worth(passed), rel=1e-6, abs=2e-2)


def test_it_reads_as_what_it_is_and_the_loads_own_rate_is_not_worth_a_word() -> None:
    assert [str(pace) for pace in (Pace(5), Pace(5, 4, 4), Pace(5, 0.1, 1))] == [
        "",
        "at 4 times the rate",
        "from 0.1 to 1 times the rate",
    ]
