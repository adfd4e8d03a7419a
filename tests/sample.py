"""What the tests try of what takes long: a sample, drawn anew for each commit, since all of it takes over an hour.

The defects, and the drills and probes on the clean target. `harness selftest` tries all; so do the tests with
HARNESS_TEST_DEFECTS=all.
"""

import os
import random
import subprocess
from collections.abc import Sequence
from typing import TypeVar

from tests.docs.pages import ROOT

T = TypeVar("T")
ALL = "all"
ASKED = os.environ.get("HARNESS_TEST_DEFECTS", "")
"""Read when the tests are collected: no test sees the variable itself."""


def drawn(them: Sequence[T], count: int) -> list[T]:
    """As many of them, the same for the same commit, in their order."""
    if ASKED == ALL or len(them) <= count:
        return list(them)
    chosen = random.Random(commit()).sample(range(len(them)), count)
    return [them[position] for position in sorted(chosen)]


def commit() -> str:
    """Of this checkout; nothing where there is none, as in an archive of the sources."""
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()
