"""scales: throughput by one instance, two and three."""

import msgspec
import pytest

from harness.checks.scales import Scales
from harness.errors import UsageError
from harness.finding import Verdict
from harness.run import PlannedLoad, Request, Run
from tests.builders import Things, gauge, generator, ok, phase, planned_as_played, run_of

PHASES = {"three": 0.0, "two": 20.0, "one": 40.0}
SECONDS = 20.0


def played(*rates: float, latency: float = 0.5, cpu: float | None = 40.0, users: int | None = None) -> Run:
    """Rates by one instance, two and three."""
    things: list[Things] = []
    requests: list[Request] = []
    for (name, begin), rate in zip(PHASES.items(), reversed(rates), strict=True):
        things.append(phase(name, begin, begin + SECONDS))
        requests += [ok(begin + k / rate, latency) for k in range(round(SECONDS * rate))]
    things += [sample for t in range(60) for sample in generator(t)]
    things += [gauge(t, "app", "app-1", "cpu_percent", cpu) for t in range(60) if cpu is not None]
    run = run_of(*things, *requests)
    if users is None:
        return run
    load = PlannedLoad(scenario="browse", rate=None, users=users, arrivals="constant", workers=1)
    plan = planned_as_played(run.events)
    drill = msgspec.structs.replace(plan.drill, loads=(load,))
    return run_of(*things, *requests, plan=msgspec.structs.replace(plan, drill=drill))


def test_nearly_as_many_times_as_much_passes_with_the_law_in_words() -> None:
    finding = Scales()(played(40, 78, 114))
    assert (finding.verdict, finding.unit, finding.threshold) == (Verdict.PASS, "%", ">= 70 %")
    assert finding.value == pytest.approx(95, abs=1)
    assert "by 1 to 3 instances; efficiency 95%" in finding.evidence
    assert "contention 0.0" in finding.evidence


def test_further_instances_that_add_nothing_fail() -> None:
    finding = Scales()(played(40, 40, 40))
    assert finding.verdict is Verdict.FAIL
    assert finding.value == pytest.approx(33, abs=1)
    assert "contention 1.0" in finding.evidence


@pytest.mark.parametrize("rates", [(40, 78, 114), (40, 40, 40)])
def test_where_the_cores_were_used_up_they_were_the_limit(rates: tuple[float, ...]) -> None:
    finding = Scales()(played(*rates, cpu=170))
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.evidence.startswith("this machine's cores are the limit: 190 % of 200 % were used in one; ")


def test_without_a_figure_of_the_cores_nobody_knows_what_was_the_limit() -> None:
    finding = Scales()(played(40, 78, 114, cpu=None))
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.evidence.startswith("nothing tells how much of this machine's cores was used in one; ")


def test_a_load_that_asks_for_less_than_can_be_had_shows_nothing() -> None:
    assert Scales()(played(40, 78, 114, users=20)).verdict is Verdict.PASS
    finding = Scales()(played(40, 78, 114, users=100))
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.evidence.startswith("the load was too little: clients waited for answers 20 % of the time in one")


def test_what_did_not_take_place_is_inconclusive() -> None:
    finding = Scales(phases=("one", "two", "three", "four"))(played(40, 78, 114))
    assert (finding.verdict, finding.value) == (Verdict.INCONCLUSIVE, None)
    assert Scales()(run_of(*(phase(name, t, t + SECONDS) for name, t in PHASES.items()))).verdict is not Verdict.PASS


def test_parameters_that_ask_for_nothing_are_refused() -> None:
    with pytest.raises(UsageError, match="no efficiency"):
        Scales(least_percent=100)
    with pytest.raises(UsageError, match="shows no scaling"):
        Scales(phases=("one",))
