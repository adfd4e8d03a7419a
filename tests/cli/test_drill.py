"""harness drill --duration: the same drill, longer or shorter."""

import random

import pytest

from harness.cli.commands.drill import lasting
from harness.cli.options import all_drills, all_probes, drill_named
from harness.errors import UsageError


def test_phases_are_stretched_in_proportion() -> None:
    soak = drill_named("soak")
    longer = lasting(soak, 7200)
    assert longer.seconds == pytest.approx(7200)
    shares = [phase.seconds / soak.seconds for phase in soak.phases]
    assert [phase.seconds / 7200 for phase in longer.phases] == pytest.approx(shares)


def test_a_drawn_timeline_is_stretched_too() -> None:
    for drill in all_drills():
        if drill.drawn is not None and not any(phase.ask for phase in drill.phases):
            was = sum(phase.seconds for part in drill.drawn(random.Random(7)) for phase in part.flat())
            assert lasting(drill, 2 * drill.seconds).of_seed(7).seconds == pytest.approx(2 * was)


def test_what_asks_has_its_own_time() -> None:
    with pytest.raises(UsageError, match="as long as its questions take"):
        lasting(all_probes()[0], 60)
