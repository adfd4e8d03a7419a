"""answered-within: a refusal can be late too."""

from harness.checks.answered_within import AnsweredWithin
from harness.finding import Verdict
from harness.run import Request
from tests.builders import err, generator, ok, phase, run_of

CHECK = AnsweredWithin(request="POST /ai/", statuses=(503,), within=0.25)
TOLD = [generator(t) for t in range(10, 20)]


def refused(t: float, latency: float, status: int = 503) -> Request:
    return err(t, latency, status=status)._replace(name="POST /ai/chat")


def test_refusals_in_time_pass() -> None:
    finding = CHECK(run_of(phase("fault", 10, 20), TOLD, [refused(10 + t / 10, 0.01) for t in range(20)]))
    assert (finding.verdict, finding.value) == (Verdict.PASS, 0.01)
    assert finding.evidence == "95 % of 20 answers 503 took at most 10 ms"


def test_late_refusals_fail() -> None:
    late = [refused(10 + t / 10, 1.0 if t % 10 == 0 else 0.01) for t in range(20)]
    assert CHECK(run_of(phase("fault", 10, 20), TOLD, late)).verdict is Verdict.FAIL


def test_other_answers_do_not_count() -> None:
    others = [[refused(10 + t / 10, 0.01, 502), ok(10 + t / 10)] for t in range(50)]
    finding = CHECK(run_of(phase("fault", 10, 20), TOLD, others))
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.evidence == "0 of the 20 answers 503 that it takes came in fault"


def test_a_generator_at_its_limit_proves_nothing() -> None:
    run = run_of(phase("fault", 10, 20), [refused(10 + t / 10, 0.01) for t in range(20)])
    assert CHECK(run).verdict is Verdict.INCONCLUSIVE


def test_it_describes_itself() -> None:
    assert CHECK.describe() == "POST /ai/ is answered 503 within 0.25 s during fault"
