"""Getting PgBouncer, which has no wheel: from the system, or from the distribution's package, unpacked."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from harness import places
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
            and _run(["apt-get", *APT, "update", "-qq"], folder)
            and _download(["pgbouncer", *_libraries()], folder)
        ):
            raise Absent("apt-get could not download pgbouncer; install it, or set HARNESS_PGBOUNCER")
        unpacked = folder / "root"
        for package in sorted(folder.glob("*.deb")):
            if not _run(["dpkg-deb", "-x", str(package), str(unpacked)], folder):
                raise Absent(f"{package.name} could not be unpacked")
        if not _starts(_unpacked(unpacked)):
            raise Absent("the distribution's pgbouncer does not start here; install it with its libraries")
        shutil.rmtree(root, ignore_errors=True)
        unpacked.rename(root)


def _libraries() -> list[str]:
    """The libraries that the package depends on and that this system does not have installed."""
    listed = subprocess.run(
        ["apt-cache", "depends", "--important", "pgbouncer"],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    names = [line.split()[-1] for line in listed.stdout.splitlines() if "Depends: lib" in line]
    return [name for name in dict.fromkeys(names) if not _installed(name)]


def _installed(package: str) -> bool:
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Status}", package], capture_output=True, text=True, check=False)
    return done.stdout == "install ok installed"


def _download(names: list[str], folder: Path) -> bool:
    return _run(["apt-get", *APT, "download", "-qq", *names], folder)


def _run(argv: list[str], folder: Path) -> bool:
    try:
        return not subprocess.run(argv, cwd=folder, capture_output=True, timeout=PATIENCE_S, check=False).returncode
    except (OSError, subprocess.TimeoutExpired):
        return False


def _starts(binary: Binary) -> bool:
    environment = {"PATH": os.defpath, **binary.environment()}
    done = subprocess.run([str(binary.path), "--version"], capture_output=True, env=environment, check=False)
    return not done.returncode
