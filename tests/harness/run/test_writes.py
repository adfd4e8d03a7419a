"""The ledger: lines fold into one entry per write."""

from pathlib import Path

from harness.run import Outcome, Write, WriteAnswered, WriteLine, WriteLog, WriteSent, WriteServed, WriteStored
from harness.run.writes import fold, read_writes
from tests.builders import POSTS, at

SENT = WriteSent(t=at(1), key="a", place=POSTS)
ACKNOWLEDGED = WriteAnswered(t=at(2), key="a", outcome=Outcome.ACKNOWLEDGED, path="/posts/1")


def test_a_write_that_was_never_answered_is_indeterminate_and_unread() -> None:
    assert fold([SENT]) == [
        Write(key="a", sent=at(1), place=POSTS, outcome=Outcome.INDETERMINATE, path=None, stored=None, served=None)
    ]


def test_a_write_is_folded_from_all_its_lines() -> None:
    lines: list[WriteLine] = [
        SENT,
        ACKNOWLEDGED,
        WriteServed(t=at(9), key="a", served=True),
        WriteStored(t=at(9), key="a", stored=1),
    ]
    assert fold(lines) == [
        Write(
            key="a",
            sent=at(1),
            place=POSTS,
            answered=at(2),
            outcome=Outcome.ACKNOWLEDGED,
            path="/posts/1",
            stored=1,
            served=True,
        )
    ]


def test_writes_stay_apart_and_in_the_order_of_sending() -> None:
    other = WriteSent(t=at(1.5), key="b", place=POSTS)
    refused = WriteAnswered(t=at(3), key="b", outcome=Outcome.REFUSED)
    assert [(w.key, w.outcome) for w in fold([SENT, other, refused, ACKNOWLEDGED])] == [
        ("a", Outcome.ACKNOWLEDGED),
        ("b", Outcome.REFUSED),
    ]


def test_lines_about_a_write_that_nobody_sent_are_left_out() -> None:
    assert fold([ACKNOWLEDGED, WriteStored(t=at(3), key="a", stored=1)]) == []


def test_several_logs_append_to_one_ledger(tmp_path: Path) -> None:
    load, conductor = WriteLog(tmp_path), WriteLog(tmp_path)
    load.add(SENT)
    conductor.add(WriteStored(t=at(9), key="a", stored=0))
    load.add(ACKNOWLEDGED)
    load.close()
    conductor.close()
    [write] = read_writes(tmp_path)
    assert (write.stored, write.outcome) == (0, Outcome.ACKNOWLEDGED)


def test_a_run_without_a_ledger_has_no_writes(tmp_path: Path) -> None:
    assert read_writes(tmp_path) == []
