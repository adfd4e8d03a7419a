"""Faults that a companion holds: what it is told, and which parameters are refused."""

from collections.abc import Callable

import pytest

from chaos.companions.told import Told, mark
from chaos.faults.fill_clients import FillClients
from chaos.faults.idle_in_transaction import IdleInTransaction
from chaos.faults.lock_table import LockTable
from chaos.faults.slow_queries import SlowQueries
from harness.errors import UsageError
from harness.fault import Fault


@pytest.mark.parametrize(
    "make",
    [
        lambda: IdleInTransaction(clients=0),
        lambda: IdleInTransaction(clients=5001),
        lambda: SlowQueries(clients=0),
        lambda: SlowQueries(seconds=0),
        lambda: SlowQueries(seconds=float("nan")),
        lambda: SlowQueries(seconds=4000),
        lambda: FillClients(query_s=-1),
        lambda: FillClients(query_s=61),
        lambda: LockTable(table="posts; drop table posts"),
        lambda: LockTable(table=""),
    ],
)
def test_parameters_out_of_range_are_refused_when_the_fault_is_made(make: Callable[[], Fault]) -> None:
    with pytest.raises(UsageError):
        make()


def test_a_companion_reads_what_it_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told = Told("postgresql://somebody@here/app", clients=7, statement=f"select 1 {mark('slow-queries')}")
    for name, text in told.environment().items():
        monkeypatch.setenv(name, text)
    assert Told.read() == told


def test_what_one_fault_does_is_not_taken_for_anothers() -> None:
    marks = [mark(name) for name in ("lock-table", "slow-queries", "idle-in-transaction")]
    assert len({one for one in marks if not any(one in other for other in marks if other != one)}) == len(marks)
