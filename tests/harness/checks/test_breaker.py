"""breaker: each instance's own, through all its states, at the stated share and times."""

import msgspec
import pytest

from harness.checks.breaker import Breaker
from harness.errors import UsageError
from harness.finding import Verdict
from harness.run import Request, Sample, StateChanged
from tests.builders import Things, err, fault, gauge, ok, phase, planned_as_played, run_of, state

CHECK = Breaker(percent=50, open_s=2, closes_within=3)
FAILED = (
    phase("baseline", 0, 10),
    phase("fault", 10, 20),
    phase("recovery", 20, 30),
    fault("misbehave", "upstream", asked=9.9, felt=10, heal=20, gone=20),
)
CALL = "POST /ai/chat"


def sampled(instance: str = "app-1", value: float = 0) -> list[Sample]:
    return [gauge(t / 2, "app", instance, "breaker_state", value) for t in range(60)]


def change(t: float, before: str, after: str, instance: str = "app-1") -> StateChanged:
    return state(t, after, instance, by="breaker", before=before)


def well(instance: str = "app-1", late: float = 0.0) -> list[StateChanged]:
    """Opens at 15 s, tries in vain every 2.1 s, and closes with the first trial after the fault."""
    opens = [15 + late + 2.1 * number for number in range(3)]
    changes = [change(opens[0], "closed", "open", instance)]
    for t in opens[1:]:
        changes += [change(t, "open", "half_open", instance), change(t, "half_open", "open", instance)]
    last = opens[-1] + 2.1
    return [*changes, change(last, "open", "half_open", instance), change(last, "half_open", "closed", instance)]


def calls(good: float, bad: float, instance: str = "app-1") -> list[Request]:
    """Ten a second: good ones for so long, then bad ones, the last of which ends at 15 s."""
    times = [15 - bad - good + number / 10 for number in range(round(10 * (good + bad)))]
    return [
        ok(t, name=CALL, instance=instance)
        if t < 15 - bad
        else err(t, status=502)._replace(name=CALL, instance=instance)
        for t in times
    ]


def test_a_breaker_that_goes_through_all_its_states_passes() -> None:
    finding = CHECK(run_of(FAILED, sampled(), sampled("app-2"), well(), well("app-2", 0.4), calls(5, 5)))
    assert finding.verdict is Verdict.PASS
    assert finding.value == pytest.approx(5.4)
    assert finding.evidence == (
        "app-1 opened after 5.0 s, app-2 opened after 5.4 s (0.4 s apart), when 50 to 50 % of the calls had failed;"
        " open for 2.1 to 2.1 s at a time, 6 trials; the last closed 1.7 s after misbehave was gone"
    )


@pytest.mark.parametrize(
    ("things", "why"),
    [
        (sampled(value=2), "was not closed before the fault"),
        ([*sampled(), change(5, "closed", "open"), *well()], "was not closed before the fault"),
        (sampled(), "never opened"),
        ([*sampled(), *well(), *calls(9, 1)], "opened when 10 % of its calls had failed, and not 50 %"),
        ([*sampled(), change(15, "closed", "open")], "was open for 15.0 s at a time, and not for 2 s"),
        (
            [*sampled(), *(change(15 + t, *how) for t, how in enumerate([("closed", "open"), ("open", "half_open")]))],
            "tried again after 1.0 s, and not after 2 s",
        ),
        (
            [*sampled(), change(19, "closed", "open"), change(21.2, "open", "closed")],
            "was never half open",
        ),
        ([*sampled(), *well()[:-1]], "was half open at the end"),
        ([*sampled(), *well(late=2)], "closed 3.3 s after misbehave was gone, and not within 3 s"),
    ],
)
def test_what_a_breaker_did_not_do_is_said(things: Things, why: str) -> None:
    finding = CHECK(run_of(FAILED, things, sampled("app-2"), well("app-2")))
    assert (finding.verdict, finding.evidence) == (Verdict.FAIL, f"app-1 {why}")


def test_one_instance_is_enough_to_fail() -> None:
    finding = CHECK(run_of(FAILED, sampled(), well(), sampled("app-2")))
    assert (finding.verdict, finding.evidence) == (Verdict.FAIL, "app-2 never opened")


def test_what_was_not_looked_at_is_inconclusive() -> None:
    assert CHECK(run_of(FAILED, well())).evidence == "no instance's breaker was sampled"
    unharmed = run_of(phase("baseline", 0, 10), sampled())
    assert CHECK(unharmed).evidence == "no fault was felt and gone, so no breaker had to open"
    assert CHECK(unharmed).verdict is Verdict.INCONCLUSIVE


def test_bounds_that_make_no_sense_are_refused() -> None:
    with pytest.raises(UsageError, match="a breaker cannot be open for 0 s"):
        Breaker(open_s=0, closes_within=1)
    with pytest.raises(UsageError, match="a breaker cannot open at 101 %"):
        Breaker(open_s=1, closes_within=1, percent=101)


def test_it_describes_itself() -> None:
    assert CHECK.describe() == "each breaker opens at 50 % errors, for 2 s, tries, and closes again"


def test_an_instance_whose_breaker_nobody_saw_leaves_it_open() -> None:
    plan = planned_as_played([event for things in FAILED for event in things])
    two = msgspec.structs.replace(plan.stack, members={"app": ("app-1", "app-2")})
    run = run_of(FAILED, well(), sampled(), calls(5, 5), plan=msgspec.structs.replace(plan, stack=two))
    finding = CHECK(run)
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.evidence == "the breaker of app-2 was not sampled"
