"""The README as a new user reads it: its walk with curl works line by line, and what it names is there."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import chaos.drills
import chaos.probes
from harness import discovery
from harness.stacks.embedded.ports import free_ports
from tests.cli.commands import say
from tests.docs.generated import DRILLS, table_of_drills
from tests.docs.marked import marked
from tests.docs.pages import README, ROOT

PORT = "8000"
ANSWERS = (
    r'"user":{"id":1,"email":"grace@example.org"',
    r'"user":{"id":2,"email":"ada@example.org"',
    r'{"id":1,"author":{"id":2,"name":"Ada"},"body":"Hello, world"',
    r'{"items":\[{"id":1,.*"body":"Hello, world".*"next_cursor":null}',
    r'{"id":1,"post_id":1,.*"body":"The first comment"',
    r'{"likes":1,"liked":true}',
    r'{"id":1,"participants":\[.*"Grace"',
    r'{"id":1,"conversation_id":1,.*"body":"Are you there\?"',
    r'{"id":1,"filename":"report.png","media_type":"image/png"',
    r'{"id":"\w+","caption":".+"}',
    r'{"items":\[{"id":1,.*"body":"Hello, world"',
    r'"account":{"id":2,"email":"ada@example.org"',
    r'{"sessions":\d+,"access_tokens":"revoked"}',
    r'"openapi":"3\.',
)
"""Of each command that asks the service, in their order."""


def walk(port: int) -> str:
    (block,) = [one.text for one in README.blocks if "API=" in one.text]
    commands = block.replace(PORT, str(port)).replace(".venv/bin/harness", f"{sys.executable} -m harness.cli.main")
    # Whatever fails ends the walk, as it would end a reader's.
    return f'set -euo pipefail\ncurl() {{ command curl --fail-with-body -sS -w "\\n" "$@"; }}\n{commands}'


@pytest.mark.skipif(shutil.which("curl") is None, reason="the walk is one with curl")
def test_the_walk_with_curl_works_line_by_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (port,) = free_ports(1)
    monkeypatch.setenv("HARNESS_RUNS", str(tmp_path / "runs"))
    try:
        done = subprocess.run(
            ["bash", "-c", walk(port)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
        )
    finally:
        say("down", folder=tmp_path)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    up, *said, down = [line for line in done.stdout.splitlines() if line]
    assert up == f"http://127.0.0.1:{port}"
    assert down == f"stopped {up}"
    for answer, line in zip(ANSWERS, said, strict=True):
        assert re.search(answer, line), f"{answer} is not in {line}"


def test_drills_and_probes_that_the_readme_names_are_there() -> None:
    there = {*discovery.names(chaos.drills), *discovery.names(chaos.probes)}
    named = {span for span in README.spans if re.fullmatch(r"[a-z]+(-[a-z]+)+", span)}
    assert len(named) >= 3
    assert named <= there


def test_the_table_of_drills_is_as_the_code_has_it() -> None:
    assert marked(README.path, DRILLS) == table_of_drills(), "make docs writes it anew"
