"""spread: no instance is left without work."""

import msgspec
import pytest

from harness.checks.spread import Spread
from harness.errors import UsageError
from harness.finding import Verdict
from harness.run import Request, RunPlan
from tests.builders import ok, phase, plan_of, run_of

CHECK = Spread(phase="baseline")


def plan() -> RunPlan:
    members = {"app": ("app-1", "app-2", "app-3")}
    whole = plan_of()
    return msgspec.structs.replace(whole, stack=msgspec.structs.replace(whole.stack, members=members))


def answers(**counts: int) -> list[Request]:
    names = [name.replace("_", "-") for name, count in counts.items() for _ in range(count)]
    return [ok(number / 100, instance=name) for number, name in enumerate(names)]


def test_equal_shares_pass() -> None:
    finding = CHECK(run_of(phase("baseline", 0, 10), answers(app_1=100, app_2=110, app_3=90), plan=plan()))
    assert (finding.verdict, finding.value) == (Verdict.PASS, 90.0)
    assert finding.evidence == "app-1 gave 100, app-2 gave 110, app-3 gave 90: app-3 did 90% of its share"


def test_an_instance_that_does_little_fails() -> None:
    finding = CHECK(run_of(phase("baseline", 0, 10), answers(app_1=150, app_2=100, app_3=50), plan=plan()))
    assert (finding.verdict, finding.value) == (Verdict.FAIL, 50.0)


def test_an_instance_that_never_answered_is_known_from_the_stack() -> None:
    finding = CHECK(run_of(phase("baseline", 0, 10), answers(app_1=100, app_2=100), plan=plan()))
    assert (finding.verdict, finding.value) == (Verdict.FAIL, 0.0)
    assert "app-3 gave 0" in finding.evidence


def test_names_that_are_no_instances_tell_nothing() -> None:
    finding = CHECK(run_of(phase("baseline", 0, 10), answers(host_a=100, host_b=50), plan=plan()))
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.evidence == "answers name host-a, host-b; the instances are app-1, app-2, app-3"


def test_too_little_is_inconclusive() -> None:
    few = CHECK(run_of(phase("baseline", 0, 10), answers(app_1=99), plan=plan()))
    assert few.verdict is Verdict.INCONCLUSIVE
    assert few.evidence == "99 of the 100 answers that it takes named their instance in baseline"
    alone = CHECK(run_of(phase("baseline", 0, 10), answers(app_1=100), plan=plan_of()))
    assert (alone.verdict, alone.evidence) == (Verdict.INCONCLUSIVE, "there is one instance, app-1")


def test_a_share_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(UsageError, match="no instance can be held to 2 of an equal share"):
        Spread(phase="baseline", least=2)


def test_it_describes_itself() -> None:
    assert CHECK.describe() == "each instance does at least 70% of its share during baseline"
