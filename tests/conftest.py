"""Fixtures for every room: real servers, and a state folder that is not the person's own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import a_postgres, a_redis


@pytest.fixture(autouse=True)
def own_state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test sees or leaves records, locks or runs of the person who runs it; what is cached is shared."""
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    for name in [name for name in os.environ if name.startswith("HARNESS_")]:
        monkeypatch.delenv(name)
    return folder


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    with a_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    with a_redis() as url:
        yield url
