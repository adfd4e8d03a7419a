"""Whom Alertmanager would tell, of one alert that several instances may have."""

import pytest

from harness.sampling.alarms import Alert, Receiver, Status, state_of


def alert(*receivers: str, by: tuple[str, ...] = ()) -> Alert:
    return Alert({"alertname": "HighCpu"}, tuple(map(Receiver, receivers)), Status(by))


@pytest.mark.parametrize(
    ("there", "state"),
    [
        ([], "silent"),
        ([alert("tickets")], "tickets"),
        ([alert("tickets"), alert("tickets")], "tickets"),
        ([alert("tickets", "on-call")], "on-call and tickets"),
        ([alert("on-call", by=("b5d",))], "inhibited"),
        ([alert("on-call", by=("b5d",)), alert("tickets")], "tickets"),
    ],
)
def test_the_state_of_an_alert(there: list[Alert], state: str) -> None:
    assert state_of(there) == state
