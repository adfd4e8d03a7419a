"""Programs from the distribution's packages, downloaded and unpacked into the cache: neither root nor an install."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from harness import places
from harness.errors import NotApplicable
from harness.tools.run import Outcome, run

APT = ("-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=10", "-o", "Acquire::https::Timeout=10")
PATIENCE_S = 120.0
PROGRAM_FOLDERS = ("usr/bin", "usr/sbin", "bin", "sbin")


class Program(NamedTuple):
    path: Path
    library_path: str = ""

    @property
    def environment(self) -> dict[str, str]:
        return {"LD_LIBRARY_PATH": self.library_path} if self.library_path else {}


def program(package: str, name: str, works: Callable[[Program], bool] = lambda _program: True) -> Program:
    """A package's program, which `works` has tried before it is kept. Raises NotApplicable, with the reason, where it
    cannot be had.
    """
    base = places.cache() / "debian"
    base.mkdir(exist_ok=True)
    root = base / package
    with (base / f"{package}.lock").open("w") as lock:
        # Two harnesses that start together unpack it once.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not root.is_dir():
            _unpack_into(root, package, name, works)
    return _unpacked(root, package, name)


def _unpacked(root: Path, package: str, name: str) -> Program:
    for folder in PROGRAM_FOLDERS:
        path = root / folder / name
        if os.access(path, os.X_OK):
            libraries = [str(found) for found in sorted((root / "usr/lib").glob("*-linux-gnu*"))]
            return Program(path, os.pathsep.join(libraries))
    raise NotApplicable(f"the distribution's {package} holds no {name}", f"install {name}")


def _unpack_into(root: Path, package: str, name: str, works: Callable[[Program], bool]) -> None:
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise NotApplicable(f"no {package} on PATH, and no apt-get to fetch it with", f"install {package}")
    with tempfile.TemporaryDirectory(prefix=f"{package}-", dir=root.parent) as scratch:
        folder = Path(scratch)
        # apt drops root for downloads and warns when its user cannot write here.
        folder.chmod(0o777)
        done = _download(package, folder)
        if done.status != 0 and os.geteuid() == 0:
            # A machine that has never asked for its package lists.
            _ask(["apt-get", *APT, "update", "-qq"], folder)
            done = _download(package, folder)
        if done.status != 0:
            raise NotApplicable(f"apt-get could not download {package}: {done.text[-200:]}", f"install {package}")
        unpacked = folder / "root"
        for file in sorted(folder.glob("*.deb")):
            done = run(["dpkg-deb", "-x", file, unpacked], folder)
            if done.status != 0:
                raise NotApplicable(f"{file.name} could not be unpacked: {done.text[-200:]}", f"install {package}")
        if not works(_unpacked(unpacked, package, name)):
            raise NotApplicable(
                f"the distribution's {package} does not start here", f"install {package} with its libraries"
            )
        unpacked.rename(root)


def _ask(argv: list[str], folder: Path) -> Outcome:
    # With all that is set here, as a proxy may be.
    return run(argv, folder, os.environ, PATIENCE_S)


def _download(package: str, folder: Path) -> Outcome:
    return _ask(["apt-get", *APT, "download", "-qq", package, *_libraries(package)], folder)


def _libraries(package: str) -> list[str]:
    """The shared libraries that a package depends on and that this system does not have installed."""
    listed = run(["apt-cache", "depends", "--important", package], Path("/"))
    names = [
        line.split()[-1]
        for line in listed.text.splitlines()
        # libjs-* are what its web pages show.
        if "Depends: lib" in line and "Depends: libjs-" not in line
    ]
    return [name for name in dict.fromkeys(names) if not _installed(name)]


def _installed(package: str) -> bool:
    return run(["dpkg-query", "-W", "-f", "${Status}", package], Path("/")).text == "install ok installed"
