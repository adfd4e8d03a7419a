"""On containers: the drills that want them, clean and with some of their defects, and a few that run anywhere."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import chaos.defects
from harness import discovery
from harness.cli.options import COMPOSE, all_drills, drill_named
from harness.cli.selftesting import defects_named
from harness.defect import Defect
from harness.drill import Drill
from tests.conductor.harnesses import Remains
from tests.conductor.playing import must_be_caught, must_be_clean, played
from tests.docker import DockerRemains
from tests.sample import drawn

if TYPE_CHECKING:
    from docker import DockerClient

SCALE = 0.5
"""Longer than on the embedded stack: a container takes seconds to come back."""

ANYWHERE = (
    "steady",
    "kill-instance",
    "drop-redis",
    "rolling-deploy",
    "hang-redis",
    "alerts",
    "forged-tokens",
    "rate-limits",
    "pool-is-watched",
)
WANTING = [drill for drill in all_drills() if "containers" in drill.wants]
SAMPLE = 3
SAMPLE_OF_ANYWHERE = 4
NAMES = {drill.name for drill in WANTING}
DEFECTS = [defect for defect in defects_named(discovery.names(chaos.defects)) if defect.drill in NAMES]


@pytest.fixture(autouse=True)
def nothing_left(docker: "DockerClient", images: None) -> Iterator[None]:
    processes, containers = Remains(), DockerRemains(docker)
    yield
    processes.none_after(0.5)
    containers.none_after(0.5)


@pytest.mark.parametrize(
    "drill", [*WANTING, *map(drill_named, drawn(ANYWHERE, SAMPLE_OF_ANYWHERE))], ids=lambda drill: drill.name
)
async def test_the_clean_target_passes(drill: Drill, tmp_path: Path) -> None:
    must_be_clean(drill, await played(drill, COMPOSE, SCALE, tmp_path))


@pytest.mark.parametrize("defect", drawn(DEFECTS, SAMPLE), ids=lambda defect: defect.name)
async def test_a_defect_is_caught_by_the_check_that_must_catch_it(defect: Defect, tmp_path: Path) -> None:
    must_be_caught(defect, await played(drill_named(defect.drill), COMPOSE, SCALE, tmp_path, defect))
