"""How tools are run, and how a Dockerfile is read."""

import sys
from pathlib import Path

import pytest

from harness.errors import NotApplicable
from harness.tools import debian, find
from harness.tools.dockerfile import stages
from harness.tools.run import NO_STATUS, run

DOCKERFILE = """\
ARG BASE=python:3.11
FROM ${BASE} AS builder
RUN true \\
# a comment in the middle
 && false
from builder
ARG VERSION=1.2
ENV PORT=4000 APP="a b" \\
    APP_VERSION=${VERSION}
USER root
USER 10001:10001
"""


def test_a_dockerfile_is_read_stage_by_stage() -> None:
    first, last = stages(DOCKERFILE)
    assert first.last("RUN") == "true && false"
    assert last.last("USER") == "10001:10001"
    assert last.last("HEALTHCHECK") == ""
    assert last.environment() == {"PORT": "4000", "APP": "a b", "APP_VERSION": "1.2"}


def test_a_tool_is_judged_by_its_exit_status_and_both_its_streams(tmp_path: Path) -> None:
    code = "import sys; print('one'); print('two', file=sys.stderr); sys.exit(3)"
    done = run([sys.executable, "-c", code], tmp_path)
    assert (done.status, sorted(done.text.split())) == (3, ["one", "two"])


def test_a_tool_that_hangs_or_is_not_there_has_no_status(tmp_path: Path) -> None:
    hangs = run([sys.executable, "-c", "input() if 0 else __import__('time').sleep(60)"], tmp_path, patience_s=0.2)
    assert (hangs.status, hangs.text) == (NO_STATUS, f"{sys.executable} did not end within 0.2 s")
    absent = run([tmp_path / "none"], tmp_path)
    assert (absent.status, absent.text) == (
        NO_STATUS,
        f"{tmp_path / 'none'} could not be started: No such file or directory",
    )


def test_a_package_that_nobody_has_is_not_applicable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotApplicable, match="no promtool on PATH, and no apt-get"):
        debian.program("promtool", "promtool")
    with pytest.raises(NotApplicable, match="there is no nothing-of-the-kind beside"):
        find.script("nothing-of-the-kind")
