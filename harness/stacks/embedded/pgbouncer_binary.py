"""Getting PgBouncer, which has no wheel: from the system, or from the distribution's package, unpacked."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from harness import places
from harness.lifeline import die_with_parent
from harness.settings import ServerPaths
from harness.stacks.embedded.binaries import Binary, _named, _system

PATIENCE_S = 60
APT = ("-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=10", "-o", "Acquire::https::Timeout=10")


class Absent(Exception):
    """PgBouncer cannot be had here; the text says why and how to get it."""


def find_pgbouncer(paths: ServerPaths) -> Binary:
    """Raises Absent, with the reason, where it cannot be had: the stack then runs without."""
    if paths.pgbouncer:
        return _named(Path(paths.pgbouncer), "pgbouncer")
    for binary in _system("pgbouncer"):
        return binary
    root = places.cache() / "pgbouncer"
    with (places.cache() / "pgbouncer.lock").open("w") as lock:
        # Two harnesses that start together unpack it once.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (root / "usr/sbin/pgbouncer").exists():
            _unpack_into(root)
    return _unpacked(root)


def _unpacked(root: Path) -> Binary:
    libraries = [str(path) for path in sorted((root / "usr/lib").glob("*-linux-gnu*"))]
    return Binary(root / "usr/sbin/pgbouncer", "distribution's package, unpacked", os.pathsep.join(libraries))


def _unpack_into(root: Path) -> None:
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise Absent(
            "no pgbouncer on PATH, and no apt-get to fetch it with; install pgbouncer or set HARNESS_PGBOUNCER"
        )
    with tempfile.TemporaryDirectory(prefix="pgbouncer-", dir=root.parent) as scratch:
        folder = Path(scratch)
        # apt drops root for downloads and warns when its user cannot write here.
        folder.chmod(0o755)
        names = ["pgbouncer", *_libraries()]
        if not _download(names, folder) and not (
            os.geteuid() == 0
            and _works(["apt-get", *APT, "update", "-qq"], folder)
            and _download(["pgbouncer", *_libraries()], folder)
        ):
            raise Absent("apt-get could not download pgbouncer; install it, or set HARNESS_PGBOUNCER")
        unpacked = folder / "root"
        for package in sorted(folder.glob("*.deb")):
            if not _works(["dpkg-deb", "-x", str(package), str(unpacked)], folder):
                raise Absent(f"{package.name} could not be unpacked")
        if not _starts(_unpacked(unpacked)):
            raise Absent("the distribution's pgbouncer does not start here; install it with its libraries")
        shutil.rmtree(root, ignore_errors=True)
        unpacked.rename(root)


def _libraries() -> list[str]:
    """The libraries that the package depends on and that this system does not have installed."""
    listed = _run(["apt-cache", "depends", "--important", "pgbouncer"])
    names = [line.split()[-1] for line in listed.stdout.splitlines() if "Depends: lib" in line] if listed else []
    return [name for name in dict.fromkeys(names) if not _installed(name)]


def _installed(package: str) -> bool:
    done = _run(["dpkg-query", "-W", "-f", "${Status}", package])
    return done is not None and done.stdout == "install ok installed"


def _download(names: list[str], folder: Path) -> bool:
    return _works(["apt-get", *APT, "download", "-qq", *names], folder)


def _works(argv: list[str], folder: Path) -> bool:
    done = _run(argv, folder)
    return done is not None and not done.returncode


def _run(
    argv: list[str], folder: Path = Path("/"), environment: Mapping[str, str] = os.environ
) -> "subprocess.CompletedProcess[str] | None":
    """A tool's run to its end, in plain English; None when there is no such tool or it takes too long."""
    try:
        return subprocess.run(
            argv,
            cwd=folder,
            env={**environment, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            preexec_fn=die_with_parent(),
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None


def _starts(binary: Binary) -> bool:
    done = _run([str(binary.path), "--version"], environment={"PATH": os.defpath, **binary.environment()})
    return done is not None and not done.returncode
