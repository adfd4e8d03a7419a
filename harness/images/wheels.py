"""The wheels of a lock file, fetched once on this machine: what is built in a container needs no index then."""

import fcntl
import hashlib
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import places
from harness.errors import StackError

PYTHON = "3.11"
"""Debian's, in the image that they are for."""

GLIBC = 36
"""The minor version of Debian's C library: wheels that ask for a newer one do not run."""

LAST_LINES = 8


def wheels(lock: Path) -> Path:
    """A folder of the cache that holds them all. Raises StackError."""
    machine = platform.machine()
    key = hashlib.sha256(lock.read_bytes() + f"{machine} {PYTHON} {GLIBC}".encode()).hexdigest()[:12]
    folder = places.cache() / f"wheels-{key}"
    with (places.cache() / "wheels.lock").open("w") as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        if not folder.exists():
            with tempfile.TemporaryDirectory(dir=places.cache(), prefix="wheels-") as scratch:
                _download(lock, Path(scratch) / "wheels", machine)
                (Path(scratch) / "wheels").rename(folder)
    return folder


def forget() -> None:
    """Removes what was fetched."""
    for folder in places.cache().glob("wheels-*"):
        shutil.rmtree(folder, ignore_errors=True)


def _download(lock: Path, folder: Path, machine: str) -> None:
    tags = [f"manylinux_2_{minor}" for minor in range(GLIBC, 4, -1)] + ["manylinux2014", "manylinux2010", "manylinux1"]
    platforms = [part for tag in tags for part in ("--platform", f"{tag}_{machine}")]
    abis = [part for abi in ("cp311", "abi3", "none") for part in ("--abi", abi)]
    argv = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    argv += ["--require-hashes", "--only-binary", ":all:", "--requirement", str(lock), "--dest", str(folder)]
    argv += ["--python-version", PYTHON, "--implementation", "cp", *abis, *platforms]
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        said = "\n".join(done.stdout.decode(errors="replace").splitlines()[-LAST_LINES:])
        raise StackError(f"the wheels of {lock} could not be fetched:\n{said}", "is the package index within reach?")
