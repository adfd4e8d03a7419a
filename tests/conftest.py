"""Fixtures for every room: real servers, and a state folder that is not the person's own."""

import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import places
from tests import sample
from tests.servers import a_postgres, a_redis

pytest_plugins = ["tests.docker"]


def pytest_report_header() -> str:
    which = "all" if sample.ASKED == sample.ALL else f"a sample, drawn by the commit {sample.commit()[:12] or '(none)'}"
    return f"drills and defects: {which} (HARNESS_TEST_DEFECTS=all for all of them)"


@pytest.fixture(autouse=True)
def own_state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """No test sees or leaves records, locks or runs of the person who runs it; what is cached is shared."""
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    for name in [name for name in os.environ if name.startswith("HARNESS_")]:
        monkeypatch.delenv(name)
    # Below the usual place, since that is short and in memory; a folder of its own, to see what is left in it.
    work = places.work_base() / f"harness-test-{secrets.token_hex(4)}"
    work.mkdir()
    work.chmod(0o711)
    monkeypatch.setenv("HARNESS_WORK", str(work))
    yield folder
    shutil.rmtree(work)


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    with a_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    with a_redis() as url:
        yield url
