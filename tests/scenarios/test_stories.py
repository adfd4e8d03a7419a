"""The stories of stories.py, each as a test: told in one process of their own, since Locust patches all of it."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_name("stories.py").read_text()
STORIES = re.findall(r"^def (\w+)\(\) -> None:$", SOURCE, re.MULTILINE)


@pytest.fixture(scope="module")
def outcomes() -> dict[str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.scenarios.stories"], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    outcomes: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return outcomes


@pytest.mark.parametrize("story", [name for name in STORIES if name not in ("main", "let_all_run")])
def test_story(story: str, outcomes: dict[str, str]) -> None:
    assert outcomes[story] == "", outcomes[story]
