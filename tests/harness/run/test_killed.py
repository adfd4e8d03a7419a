"""A real kill -9 in the middle of recording: what was flushed is there, whole and in order."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from harness.run import Run
from tests.builders import plan_of

RECORD_FOR_EVER = """
import sys
from pathlib import Path
from harness.run import Request, RequestWriter

writer = RequestWriter(Path(sys.argv[1]), "browse-0")
rows = 0
while True:
    for _ in range(7):
        writer.add(Request(rows, rows, None, rows + 1, "browse", "GET /feed", "GET", 200, None, "app-1", "c", 9))
        rows += 1
    writer.flush()
    print(rows, flush=True)
"""


@pytest.mark.parametrize("seed", range(4))
def test_what_was_flushed_before_a_kill_is_read_back(tmp_path: Path, seed: int) -> None:
    plan_of().write(tmp_path)
    flushes = random.Random(seed).randint(1, 500)
    with subprocess.Popen(
        [sys.executable, "-c", RECORD_FOR_EVER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as recorder:
        assert recorder.stdout is not None
        for _ in range(flushes):
            recorder.stdout.readline()
        recorder.kill()
        told = [int(line) for line in recorder.stdout.read().split("\n")[:-1]]
    flushed = max([flushes * 7, *told])
    run = Run.open(tmp_path)
    assert not run.whole
    assert len(run.requests) >= flushed
    assert len(run.requests) % 7 == 0
    assert run.requests.intended.tolist() == list(range(len(run.requests)))
