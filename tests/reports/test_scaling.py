"""The chart of throughput by instances is there for a drill that asks for it."""

from harness.checks.scales import Scales
from harness.run import Request
from reports.scaling import scaling
from tests.builders import ok, phase, planned_as_played, run_of

RATES = {"three": 114.0, "two": 78.0, "one": 40.0}
PHASES = [phase(name, 20.0 * k, 20.0 * k + 20) for k, name in enumerate(RATES)]
PLAN = planned_as_played([event for events in PHASES for event in events], checks=[Scales()])


def requests() -> list[Request]:
    return [
        ok(20 * number + k / rate, 0.5) for number, rate in enumerate(RATES.values()) for k in range(round(20 * rate))
    ]


def test_it_shows_what_was_measured_and_the_law_through_it() -> None:
    figure = scaling(run_of(*PHASES, requests(), plan=PLAN))
    assert figure is not None
    (axes,) = figure.axes
    names = set(axes.get_legend_handles_labels()[1])
    assert names == {"as many times one", "the law, fitted", "measured, 95 % CI"}


def test_there_is_none_without_the_question_or_the_figures() -> None:
    assert scaling(run_of(*PHASES, requests())) is None
    assert scaling(run_of(*PHASES, plan=PLAN)) is None
