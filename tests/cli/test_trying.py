"""The self-test's trials side by side: each in a process, each once, and some of them alone."""

import asyncio
import sys
from pathlib import Path

import msgspec
import pytest

from harness.cli import trying
from harness.cli.answers import SelftestAnswer
from harness.cli.kept import Kept
from harness.cli.options import drill_named
from harness.cli.selftesting import Selftest, Trial, answered, defects_named
from harness.cli.trying import Order, Room, next_of, ordered, side_by_side
from harness.drill import Drill
from harness.errors import ExitStatus, Interrupted
from harness.progress.base import Progress
from tests.cli.selftests import CAUGHT_BY, CONDITIONS, defect, of
from tests.servers import until

WORKER = (
    f"CAUGHT_BY = {CAUGHT_BY!r}"
    """
import json, os, signal, sys, time

signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
for line in sys.stdin:
    order = json.loads(line)
    if order["defect"] == "deadly":
        os._exit(9)
    if order["defect"] == "endless":
        open("begun", "w").close()
        time.sleep(60)
    if order["defect"]:
        answer = {"of": "defect", "name": order["defect"], "must_be_caught_by": CAUGHT_BY, "caught": True}
        answer |= {"caught_by": [CAUGHT_BY], "run": str(os.getpid())}
    else:
        answer = {"of": "clean", "round": order["round"]}
    print(json.dumps(answer | {"drill": order["drill"]}), flush=True)
"""
)


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In place of the process that makes trials."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(trying, "COMMAND", (sys.executable, "-c", WORKER))


async def of_workers(test: Selftest, jobs: int = 2) -> SelftestAnswer:
    kept = Kept(None, CONDITIONS)
    await side_by_side(test, Progress(), kept, jobs)
    return answered(test, kept, 1.0)


@pytest.mark.usefixtures("worker")
async def test_side_by_side_every_trial_is_made_once_and_by_few_processes() -> None:
    said = await of_workers(of(*(defect(f"number-{number}") for number in range(12)), rounds=2))
    assert (said.caught, said.total, len(said.clean), said.left) == (12, 12, 2, 0)
    assert 1 <= len({one.run for one in said.defects}) <= 2


@pytest.mark.usefixtures("worker")
async def test_what_only_asks_is_tried_beside_what_loads(tmp_path: Path) -> None:
    asking = [msgspec.structs.replace(defect(name), drill="pages") for name in ("slow", "late")]
    test, kept = of(defect("endless"), *asking), Kept(None, CONDITIONS)
    trying_all = asyncio.create_task(side_by_side(test, Progress(), kept, 1))
    await asyncio.to_thread(until, (tmp_path / "begun").exists, "the trial with load has begun")
    await asyncio.to_thread(until, lambda: answered(test, kept, 1.0).left == 1, "those that ask have been tried")
    trying_all.cancel()
    with pytest.raises(Interrupted):
        await trying_all


def test_two_trials_of_one_drill_are_not_side_by_side_while_there_are_others() -> None:
    drills = (drill_named(name) for name in ("scale", "scale", "steady", "scale"))
    waiting = [Trial(number, 4, drill, None, number) for number, drill in enumerate(drills)]
    taken = [
        next_of(waiting, []),
        next_of(waiting, ["scale"]),
        next_of(waiting, ["steady"]),
        next_of(waiting, ["scale"]),
    ]
    assert [trial.number for trial in taken] == [0, 2, 1, 3]
    assert waiting == []


async def test_a_drill_that_is_to_be_alone_is() -> None:
    room, told = Room(), list[str]()
    usual, alone = drill_named("steady"), drill_named("scale")
    first_may_leave = asyncio.Event()

    async def hold(name: str, drill: Drill, until: asyncio.Event | None = None) -> None:
        async with room.held_by(drill):
            told.append(f"{name} in")
            await (until.wait() if until else asyncio.sleep(0))
            told.append(f"{name} out")

    async with asyncio.TaskGroup() as group:
        group.create_task(hold("first", usual, first_may_leave))
        await asyncio.sleep(0)
        for name, drill in (("second", usual), ("alone", alone), ("late", usual)):
            group.create_task(hold(name, drill))
        for _ in range(20):
            await asyncio.sleep(0)
        assert told == ["first in", "second in", "second out"]
        first_may_leave.set()
    assert told[3:] == ["first out", "alone in", "alone out", "late in", "late out"]


@pytest.mark.usefixtures("worker")
async def test_a_process_that_dies_costs_its_own_trial_only() -> None:
    said = await of_workers(of(defect("deadly"), defect("slow"), defect("late")), jobs=1)
    assert (said.caught, said.total, said.inconclusive) == (2, 3, ["deadly"])
    assert said.defects[0].why == "its process ended by itself (status 9)"


@pytest.mark.usefixtures("worker")
async def test_side_by_side_an_interrupt_ends_all_and_what_was_tried_counts(tmp_path: Path) -> None:
    test, kept = of(defect("slow"), defect("endless"), defect("late")), Kept(None, CONDITIONS)
    trying_all = asyncio.create_task(side_by_side(test, Progress(), kept, 1))
    await asyncio.to_thread(until, (tmp_path / "begun").exists, "the second trial has begun")
    trying_all.cancel()
    with pytest.raises(Interrupted):
        await trying_all
    said = answered(test, kept, 1.0)
    assert (said.caught, said.total, said.left, said.status) == (1, 1, 2, ExitStatus.INTERRUPTED)


def test_an_order_says_all_that_a_trial_takes() -> None:
    test = msgspec.structs.replace(of(*defects_named(["slow-feed"]), rounds=2), stack="compose", scale=0.5, seed=9)
    for trial in test.trials():
        order = msgspec.json.decode(msgspec.json.encode(ordered(trial, test)), type=Order)
        again, conditions = order.trial()
        assert (again.what, again.drill.name, again.round) == (trial.what, trial.drill.name, trial.round)
        assert again.seed(conditions.seed) == trial.seed(test.seed)
        assert (conditions.stack, conditions.scale) == ("compose", 0.5)
