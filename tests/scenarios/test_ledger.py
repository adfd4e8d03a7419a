"""The ledger, as the clients keep it: what they may believe of each write."""

from pathlib import Path

import pytest

from harness.run import Outcome
from harness.run.writes import read_writes
from scenarios.clients.ledger import Ledger
from tests.builders import POSTS


def opened(folder: Path) -> Ledger:
    ledger = Ledger()
    ledger.open(folder)
    return ledger


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.ACKNOWLEDGED),
        (201, Outcome.ACKNOWLEDGED),
        (400, Outcome.REFUSED),
        (429, Outcome.REFUSED),
        (499, Outcome.REFUSED),
        (500, Outcome.INDETERMINATE),
        (502, Outcome.INDETERMINATE),
        (504, Outcome.INDETERMINATE),
        (507, Outcome.REFUSED),
        (302, Outcome.INDETERMINATE),
        (0, Outcome.INDETERMINATE),
    ],
)
def test_what_an_answer_says_of_a_write(tmp_path: Path, status: int, outcome: Outcome) -> None:
    ledger = opened(tmp_path)
    with ledger.write("a post", POSTS) as write:
        write.answered(status, "/posts/1")
    ledger.close()
    [told] = read_writes(tmp_path)
    acknowledged = outcome is Outcome.ACKNOWLEDGED
    assert (told.outcome, told.path) == (outcome, "/posts/1" if acknowledged else None)
    assert len(ledger.acknowledged) == acknowledged
    assert told.key.startswith("a post ")
    assert told.place == POSTS


def test_a_write_that_raised_is_indeterminate(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    with pytest.raises(TimeoutError), ledger.write("a post", POSTS):
        raise TimeoutError
    ledger.close()
    [told] = read_writes(tmp_path)
    assert told.outcome is Outcome.INDETERMINATE
    assert told.answered is not None


def test_a_write_is_in_the_ledger_before_it_goes_out(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    with ledger.write("a post", POSTS) as write:
        [sent] = read_writes(tmp_path)
        assert (sent.key, sent.answered) == (write.key, None)
    ledger.close()


def test_every_write_has_a_key_of_its_own(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    for _ in range(100):
        with ledger.write("a post", POSTS):
            pass
    ledger.close()
    assert len({write.key for write in read_writes(tmp_path)}) == 100


def test_under_plain_locust_nothing_is_kept() -> None:
    ledger = Ledger()
    with ledger.write("a post", POSTS) as write:
        write.answered(201, "/posts/1")
    ledger.close()
    assert ledger.acknowledged == []


def test_whether_its_client_found_it_is_told_and_one_look_in_vain_is_enough(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    for looks in ((), (True,), (True, False, True)):
        with ledger.write("a post", POSTS) as write:
            write.answered(201, "/posts/1")
        for found in looks:
            ledger.reread(write, found)
    ledger.close()
    assert [write.reread for write in read_writes(tmp_path)] == [None, True, False]
