import pytest

from harness.checks.figures import figure


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "s", "nothing measured"),
        (0.0, "s", "0 ms"),
        (0.0042, "s", "4.2 ms"),
        (0.99949, "s", "999 ms"),
        (0.9996, "s", "1 s"),
        (1.256, "s", "1.26 s"),
        (754.2, "s", "754 s"),
        (0.0, "%", "0 %"),
        (0.123456, "%", "0.123 %"),
        (100.0, "%", "100 %"),
        (59.98, "/s", "59.98/s"),
        (19_800.4, "", "19,800"),
        (3.0, "servers", "3 servers"),
    ],
)
def test_figures_read_as_people_say_them(value: float | None, unit: str, text: str) -> None:
    assert figure(value, unit) == text
