"""Drills pass on the clean target, and defects are caught: a sample of the self-test, with the drills' times cut short.

On the embedded stack; what wants containers is in test_compose_drills.py.
"""

import os
from pathlib import Path

import pytest

import chaos.defects
from harness import discovery
from harness.cli.options import EMBEDDED, all_drills, all_probes, drill_named
from harness.cli.selftesting import defects_named
from harness.conductor import Conducted
from harness.defect import Defect
from harness.drill import Drill, Profile
from harness.errors import NotApplicable
from tests.conductor.harnesses import Remains
from tests.conductor.playing import must_be_caught, must_be_clean, played
from tests.sample import drawn

SCALE = 0.35
SAMPLE = 16
"""Of which the drills take some five minutes."""

SAMPLE_OF_SHORT, SAMPLE_OF_LONG = 20, 4
"""Of the clean target's. The self-test's clean round plays them all."""

DEFECTS = defects_named(discovery.names(chaos.defects))
HERE = [defect for defect in DEFECTS if "containers" not in drill_named(defect.drill).wants]


CLEAN = [drill for drill in (*all_drills(), *all_probes()) if "containers" not in drill.wants]
LONG = [drill for drill in CLEAN if drill.profile is Profile.FULL]
SHORT = [drill for drill in CLEAN if drill.profile is not Profile.FULL]


async def played_here(drill: Drill, runs: Path, defect: Defect | None = None) -> Conducted:
    """Skips what this machine has not the tools for: but CI must have them."""
    try:
        return await played(drill, EMBEDDED, SCALE, runs, defect)
    except NotApplicable as why:
        if "CI" in os.environ:
            raise
        pytest.skip(str(why))


@pytest.mark.parametrize("defect", drawn(HERE, SAMPLE), ids=lambda defect: defect.name)
async def test_a_defect_is_caught_by_the_check_that_must_catch_it(defect: Defect, tmp_path: Path) -> None:
    must_be_caught(defect, await played_here(drill_named(defect.drill), tmp_path, defect))


@pytest.mark.parametrize(
    "drill", [*drawn(SHORT, SAMPLE_OF_SHORT), *drawn(LONG, SAMPLE_OF_LONG)], ids=lambda drill: drill.name
)
async def test_the_clean_target_passes(drill: Drill, tmp_path: Path) -> None:
    remains = Remains()
    must_be_clean(drill, await played_here(drill, tmp_path))
    remains.none_after(0.5)
