"""capacity: the highest rate that meets the SLO, between one that does and one that does not."""

import msgspec
import pytest

from harness.checks.capacity import Capacity
from harness.errors import UsageError
from harness.finding import Finding, Verdict
from harness.run import Pace, PlannedLoad, PlannedPhase, Request, Run, Sample
from tests.builders import Things, err, gauge, generator, ok, phase, plan_of, run_of

STEP_S = 6.0
RATES = (40, 80, 120, 160)


def played(*well: float, cpu: float | None = 20.0, last: float | None = None, more: Things = ()) -> Run:
    """Steps of which such a share is answered well in time; `last` is the latency of the others, None for a 503."""
    things: list[Things] = [more]
    requests: list[Request] = []
    timeline: list[PlannedPhase] = []
    for number, (rate, share) in enumerate(zip(RATES, well, strict=False), 1):
        begin, pace = number * STEP_S, Pace(STEP_S, rate / 40, rate / 40)
        things.append(phase(f"step-{number}", begin, begin + STEP_S))
        timeline.append(PlannedPhase(name=f"step-{number}", seconds=STEP_S, pace=pace))
        for k in range(round(rate * STEP_S)):
            t = begin + k / rate
            good = (k * 37) % 100 < 100 * share
            requests.append(ok(t) if good else err(t, status=503) if last is None else ok(t, last))
        things += [_ticks(begin, rate)]
    things += [gauge(t, "app", "app-1", "cpu_percent", cpu) for t in range(31) if cpu is not None]
    plan = plan_of(timeline=timeline)
    drill = msgspec.structs.replace(plan.drill, loads=(PlannedLoad(scenario="browse", rate=40.0),))
    return run_of(*things, *requests, plan=msgspec.structs.replace(plan, drill=drill))


def _ticks(begin: float, rate: float) -> list[Sample]:
    ticks = [generator(begin + (k + 0.5) / 4, arrivals=rate / 4) for k in range(round(4 * STEP_S))]
    return [sample for tick in ticks for sample in tick]


def test_it_lies_between_a_rate_that_meets_the_slo_and_one_that_does_not() -> None:
    assert Capacity(least_rate=40, cpus=0.25)(played(1, 1, 0.5)) == Finding(
        check="capacity",
        verdict=Verdict.PASS,
        evidence="the SLO was met at 80/s (100 % in time, 95 % CI 100 to 100), missed at 120/s (50 % in time,"
        " 95 % CI 49 to 51); nearest to its limit there: CPU of app-1 80 %",
        value=80.0,
        unit="/s",
        threshold=">= 40/s",
    )


def test_what_is_answered_late_is_not_answered_in_time() -> None:
    finding = Capacity(least_rate=40)(played(1, 1, 0.5, last=1.5))
    assert (finding.verdict, finding.value) == (Verdict.PASS, 80.0)


@pytest.mark.parametrize(("well", "value"), [((0.5, 0.5), None), ((1, 0.5), 40.0)])
def test_less_than_was_asked_for_fails(well: tuple[float, ...], value: float | None) -> None:
    finding = Capacity(least_rate=80)(played(*well))
    assert (finding.verdict, finding.value) == (Verdict.FAIL, value)


def test_a_rate_between_two_steps_is_not_told() -> None:
    finding = Capacity(least_rate=60)(played(1, 0.5))
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.evidence.startswith("the steps are too coarse or too noisy to tell: the SLO was met at 40/s")


def test_rates_that_all_meet_it_are_enough_and_the_end_is_said_to_be_further() -> None:
    finding = Capacity(least_rate=40)(played(1, 1))
    assert (finding.verdict, finding.value) == (Verdict.PASS, 80.0)
    assert finding.evidence.endswith(", and at no rate was it certainly missed")


def test_where_nothing_watched_was_busy_something_else_was_waited_for() -> None:
    assert "; nothing watched was half used" in Capacity(least_rate=40)(played(1, 0.5)).evidence


def test_a_pool_in_which_clients_wait_is_what_is_full() -> None:
    waiting = [gauge(12 + t / 10, "pool", "pool", "clients_waiting", t % 4) for t in range(60)]
    assert (
        "nearest to its limit there: connections of pool 75 %"
        in Capacity(least_rate=40)(played(1, 0.5, more=waiting)).evidence
    )


def test_without_a_figure_of_the_machine_nobody_knows_what_was_the_limit() -> None:
    finding = Capacity(least_rate=40)(played(1, 0.5, cpu=None))
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.evidence.startswith("nothing tells how busy the machine was: the SLO was met at 40/s")


def test_where_the_machine_was_the_limit_the_target_was_not() -> None:
    finding = Capacity(least_rate=40)(played(1, 0.5, cpu=185))
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.evidence.startswith("the machine was the limit: the SLO was met at 40/s")


def test_a_generator_that_reaches_its_limit_first_leaves_the_targets_unknown() -> None:
    full = [sample for t in range(24) for sample in generator(12 + t / 4, arrivals=0.0, cpu_percent=180.0)]
    finding = Capacity(least_rate=40)(played(1, 1, more=full))
    assert (finding.verdict, finding.value) == (Verdict.INCONCLUSIVE, 40.0)
    assert finding.evidence == "the load generator was the limit: browse-0 used 100 % of a core in step-2"


def test_without_steps_nothing_is_known() -> None:
    finding = Capacity(least_rate=40)(run_of(phase("baseline", 0, 10)))
    assert (finding.verdict, finding.evidence) == (Verdict.INCONCLUSIVE, "no phase step-… took place, or none told")


def test_figures_that_mean_nothing_are_refused() -> None:
    with pytest.raises(UsageError, match="cannot be asked for: use figures above 0, and less than 100 per cent"):
        Capacity(least_rate=0)
