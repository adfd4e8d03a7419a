"""A minimal Debian as an image: what every stand-in begins with. debootstrap makes it, which only root can do."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from harness import places
from harness.errors import StackError
from harness.lifeline import die_with_parent

if TYPE_CHECKING:
    import docker

SUITE = "bookworm"
FORM = "1"
"""Part of the image's hash: raise it when what is made here changes."""

MIRROR = "DEBIAN_MIRROR"
DEFAULT_MIRROR = "http://deb.debian.org/debian"
INSTEAD = "or name images of your own in .env: POSTGRES_IMAGE and the others of docker-compose.yml"
ALONE = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
"""What it mounts below its folder is seen by itself only, and gone with it: that folder can then be removed."""

LAST_LINES = 8


def import_debian(client: "docker.DockerClient", image: str, labels: dict[str, str]) -> None:
    """Makes the image; one at a time on a machine. Raises StackError."""
    program = _debootstrap()
    with _scratch() as root:
        mirror = os.environ.get(MIRROR) or DEFAULT_MIRROR
        todo = f"is {mirror} within reach? {MIRROR} names another mirror; {INSTEAD}"
        _run([*ALONE, program, "--variant=minbase", SUITE, str(root), mirror], "debootstrap", todo)
        # What Debian's packages would start in a container has nobody to watch it.
        policy = root / "usr/sbin/policy-rc.d"
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
        for folder in ("var/cache/apt", "var/lib/apt/lists"):
            shutil.rmtree(root / folder)
            (root / folder).mkdir()
        _import(client, image, root, labels)


@contextmanager
def _scratch() -> Iterator[Path]:
    """A folder that is not there yet. One that an earlier process was killed over goes first."""
    folder = places.cache() / "debootstrap"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _debootstrap() -> str:
    if os.geteuid() != 0:
        raise StackError("stand-ins can only be built by root", f"`sudo make images`; {INSTEAD}")
    # Found by hand, since some have no sbin in their PATH.
    search = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
    if not shutil.which("debootstrap", path=search) and shutil.which("apt-get"):
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "debootstrap"]):
            _run(["apt-get", *arguments], "apt-get", f"install debootstrap by hand; {INSTEAD}", environment)
    program = shutil.which("debootstrap", path=search)
    if program is None:
        raise StackError("there is no debootstrap here", f"install it with your system's packages; {INSTEAD}")
    return program


def _run(argv: list[str], name: str, todo: str, environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        argv,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        # Safe with threads: all it does is one system call through a function found before the fork.
        preexec_fn=die_with_parent(),
    )
    if done.returncode:
        said = "\n".join(done.stdout.decode(errors="replace").splitlines()[-LAST_LINES:])
        raise StackError(f"{name} failed:\n{said}", todo)


def _import(client: "docker.DockerClient", image: str, root: Path, labels: dict[str, str]) -> None:
    repository, _, tag = image.partition(":")
    changes = ['CMD ["bash"]', *(f'LABEL {name}="{value}"' for name, value in labels.items())]
    with subprocess.Popen(
        ["tar", "--numeric-owner", "-C", str(root), "-c", "."], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    ) as tar:
        client.api.import_image_from_stream(tar.stdout, repository=repository, tag=tag, changes=changes)
    if tar.returncode:
        raise StackError(f"tar ended with {tar.returncode} while Debian was packed", "is the disk full? `df -h`")
