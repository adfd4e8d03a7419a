"""Drawn timelines: the seed gives them again, and they are what can be played."""

import random

import pytest

from chaos.drawing import drawn_from
from chaos.drills.game_day import DRILL, FAULTS, SECONDS
from chaos.faults.drop import Drop
from chaos.faults.hang import Hang
from chaos.faults.kill import Kill
from harness.stack import Hop, Role

SEEDS = range(200)


@pytest.mark.parametrize("seed", [0, 1, 7, 2**31 - 1])
def test_the_same_seed_gives_the_same_faults_at_the_same_times(seed: int) -> None:
    assert DRILL.of_seed(seed).timeline == DRILL.of_seed(seed).timeline
    assert DRILL.of_seed(seed).planned() == DRILL.of_seed(seed).planned()


def test_other_seeds_give_others() -> None:
    assert len({str(DRILL.of_seed(seed).timeline) for seed in SEEDS}) == len(SEEDS)


def test_it_takes_ten_minutes_and_ends_with_a_recovery() -> None:
    for seed in SEEDS:
        drawn = DRILL.of_seed(seed)
        assert SECONDS - 60 < drawn.seconds <= SECONDS
        assert [phase.name for phase in drawn.timeline[:2]] == ["warm-up", "baseline"]
        assert {phase.name for phase in drawn.timeline[2::2]} == {"fault"}
        assert {phase.name for phase in drawn.timeline[3::2]} == {"recovery"}
        assert drawn.timeline[-1].name == "recovery"


def test_each_fault_has_its_turn_before_any_comes_again() -> None:
    for seed in SEEDS:
        harms = [phase.fault for phase in DRILL.of_seed(seed).phases if phase.fault]
        whole = len(harms) // len(FAULTS) * len(FAULTS)
        for begin in range(0, whole, len(FAULTS)):
            turn = harms[begin : begin + len(FAULTS)]
            assert all(turn.count(harm) == 1 for harm in FAULTS)


def test_two_faults_overlap_now_and_then_and_never_on_one_victim() -> None:
    same = (Drop(Role.CACHE), Hang(Hop.APP_CACHE))
    other = (Drop(Role.CACHE), Kill(Role.APP))
    overlaps = {
        faults: [phase for seed in SEEDS for phase in drawn_from(faults, 120)(random.Random(seed)) if phase.then]
        for faults in (same, other)
    }
    assert not overlaps[same]
    assert overlaps[other]


def test_the_listed_timeline_is_one_that_can_be_drawn() -> None:
    assert any(DRILL.of_seed(seed).timeline == DRILL.timeline for seed in range(5))


def test_the_proxy_stands_wherever_some_seed_may_need_it() -> None:
    assert set(DRILL.hops) == {hop for fault in FAULTS for hop in fault.hops}
