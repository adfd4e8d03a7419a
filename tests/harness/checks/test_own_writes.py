"""own-writes: what its client did not find at once."""

from pathlib import Path

import pytest

from harness.checks.own_writes import OwnWrites
from harness.errors import UsageError
from harness.finding import Verdict
from harness.run import Run
from tests.builders import fault, record, run_of, write

CHECK = OwnWrites()
FOUND = [write(f"w{number}", reread=True) for number in range(20)]


def test_writes_that_were_found_pass() -> None:
    finding = CHECK(run_of(FOUND, write("not looked for")))
    assert (finding.verdict, finding.value) == (Verdict.PASS, 0.0)
    assert finding.evidence == "each of 20 writes was there for who had written it"


def test_one_look_in_vain_fails(tmp_path: Path) -> None:
    run = Run.open(record(tmp_path, FOUND, write("lost", t=4.5, reread=False)))
    finding = CHECK(run)
    assert (finding.verdict, finding.value) == (Verdict.FAIL, 1.0)
    assert finding.evidence.startswith("1 of 21 writes were not there for who had written them: lost (sent at ")


def test_what_was_written_at_the_end_of_a_fault_may_be_left_out() -> None:
    healed = fault(asked=10, felt=10, heal=20, gone=20.2)
    soon, late = write("soon", t=21, reread=False), write("late", t=21.8, reread=False)
    settling = OwnWrites(settles_s=1.5)
    finding = settling(run_of(healed, FOUND, soon))
    assert finding.verdict is Verdict.PASS
    assert finding.evidence.endswith("; of 1 at the end of a fault 1 were not")
    assert settling(run_of(healed, FOUND, late)).verdict is Verdict.FAIL
    assert CHECK(run_of(healed, FOUND, soon)).verdict is Verdict.FAIL
    assert settling(run_of(healed, FOUND, write("before", t=19, reread=False))).verdict is Verdict.FAIL


def test_too_little_is_inconclusive() -> None:
    finding = CHECK(run_of(FOUND[1:]))
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.evidence == "19 of the 20 writes that it takes were looked for by who had written them"


def test_no_looks_are_no_bound() -> None:
    with pytest.raises(UsageError, match="0 looks for one's own writes prove nothing"):
        OwnWrites(cases=0)


def test_it_describes_itself() -> None:
    assert CHECK.describe() == "whoever has written reads it at once"
    assert OwnWrites(settles_s=1).describe() == "whoever has written reads it at once, but for 1 s after a fault"
