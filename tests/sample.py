"""Which defects the tests try: a sample, drawn anew for each commit, since all of them take the better part of an hour.

`harness selftest` tries all; so do the tests with HARNESS_TEST_DEFECTS=all.
"""

import os
import random
import subprocess
from collections.abc import Sequence

from harness.defect import Defect
from tests.docs.pages import ROOT

ALL = "all"
ASKED = os.environ.get("HARNESS_TEST_DEFECTS", "")
"""Read when the tests are collected: no test sees the variable itself."""


def drawn(defects: Sequence[Defect], count: int) -> list[Defect]:
    """As many of them, the same for the same commit, in their order."""
    if ASKED == ALL or len(defects) <= count:
        return list(defects)
    chosen = random.Random(commit()).sample(range(len(defects)), count)
    return [defects[position] for position in sorted(chosen)]


def commit() -> str:
    """Of this checkout; nothing where there is none, as in an archive of the sources."""
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()
