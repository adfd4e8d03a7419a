"""Building, by the daemon's own builder: no buildx is needed, which many machines do not have."""

import fcntl
import io
import os
import tarfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import requests
from docker.errors import APIError, DockerException

from harness import places
from harness.errors import StackError
from harness.images import dotenv, wheels
from harness.images.debian import import_debian
from harness.images.freshness import SOURCE, State, labels_of, state
from harness.images.recipes import PROJECT, ContextFile, Recipe, recipes

if TYPE_CHECKING:
    import docker

Say = Callable[[str], None]

LAST_LINES = 15
PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
"""Docker knows these arguments: they need no ARG, and leave no trace in the image."""


def build_all(client: "docker.DockerClient", say: Say, project: Path = PROJECT, *, fresh: bool = False) -> list[str]:
    """Builds every image that is missing or old (all of them when `fresh`), and writes their names to .env.

    Returns the images that were built. Raises StackError.
    """
    known = recipes(project)
    with _alone(say):
        wanted = [recipe for recipe in known if fresh or state(client, recipe) is not State.CURRENT]
        for number, recipe in enumerate(wanted, start=1):
            say(f"{number} of {len(wanted)}: {recipe.image}")
            began = time.monotonic()
            _build(client, recipe, fresh=fresh)
            say(f"    {time.monotonic() - began:.0f} s")
        _prune(client)
        dotenv.write(project, {recipe.variable: recipe.image for recipe in known if recipe.variable})
    return [recipe.image for recipe in wanted]


def remove_all(client: "docker.DockerClient", say: Say, project: Path = PROJECT) -> None:
    """Removes what build_all made: the images that carry its hash, the lines in .env, the wheels.

    Raises StackError when a container still has one of the images.
    """
    with _alone(say):
        for recipe in reversed(recipes(project)):
            if SOURCE in (labels_of(client, recipe.image) or {}):
                _remove(client, recipe.image)
                say(f"removed {recipe.image}")
        _prune(client)
        dotenv.write(project, {})
        wheels.forget()


def _remove(client: "docker.DockerClient", image: str) -> None:
    try:
        client.images.remove(image)
    except APIError as error:
        raise StackError(
            f"{image} cannot be removed: {error.explanation}", "remove the containers that have it: `docker ps --all`"
        ) from error


@contextmanager
def _alone(say: Say) -> Iterator[None]:
    """Two that build the same images would only be in each other's way."""
    with (places.cache() / "images.lock").open("w") as holder:
        try:
            fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another process is building images: waiting for it")
            fcntl.flock(holder, fcntl.LOCK_EX)
        yield


def _build(client: "docker.DockerClient", recipe: Recipe, *, fresh: bool) -> None:
    labels = {SOURCE: recipe.source}
    try:
        if recipe.base is None:
            import_debian(client, recipe.image, labels)
        else:
            _run_dockerfile(client, recipe, recipe.base, labels, fresh=fresh)
    except (DockerException, requests.RequestException) as error:
        raise StackError(f"{recipe.image} could not be built: {error}", "see the daemon's log, and `df -h`") from error


def _run_dockerfile(
    client: "docker.DockerClient", recipe: Recipe, base: Recipe, labels: dict[str, str], *, fresh: bool
) -> None:
    arguments = {"BASE": base.image} | ({"VERSION": recipe.version} if recipe.version else {})
    arguments |= {name: os.environ[name] for name in PROXIES if name in os.environ}
    with _context(recipe) as context:
        lines = client.api.build(
            fileobj=context,
            custom_context=True,
            dockerfile=recipe.dockerfile,
            tag=recipe.image,
            target=recipe.target,
            buildargs=arguments,
            labels=labels,
            # Debian's mirrors are reached as this machine reaches them.
            network_mode="host",
            nocache=fresh,
            rm=True,
            forcerm=True,
            decode=True,
        )
        _follow(recipe, lines)


def _follow(recipe: Recipe, lines: Iterable[dict[str, Any]]) -> None:
    last: deque[str] = deque(maxlen=LAST_LINES)
    for line in lines:
        if "error" in line:
            said = "\n".join([*last, str(line["error"])])
            raise StackError(
                f"{recipe.image} could not be built:\n{said}",
                "is the mirror within reach, and room on the disk? `make images` goes on where it stopped",
            )
        last.extend(text for text in str(line.get("stream", "")).splitlines() if text.strip())


@contextmanager
def _context(recipe: Recipe) -> Iterator[IO[bytes]]:
    """What the daemon is sent, as a tar archive: the same bytes for the same files, so that its cache is of use."""
    files = [*recipe.files]
    if recipe.wheels:
        files += [ContextFile(f"wheels/{file.name}", file) for file in wheels.wheels(recipe.wheels).iterdir()]
    with io.BytesIO() as buffer:
        with tarfile.open(fileobj=buffer, mode="w") as tar:
            for file in sorted(files):
                tar.add(file.path, file.name, recursive=False, filter=_plain)
        buffer.seek(0)
        yield buffer


def _plain(info: tarfile.TarInfo) -> tarfile.TarInfo:
    """Of nobody in particular, whatever the umask was when it was checked out."""
    info.uid = info.gid = 0
    info.uname = info.gname = "root"
    info.mtime = 0
    info.mode = 0o755 if info.mode & 0o100 else 0o644
    return info


def _prune(client: "docker.DockerClient") -> None:
    """Removes what has lost its name to a newer image; what a container still has goes another time."""
    for image in client.images.list(filters={"dangling": True, "label": SOURCE}):
        with suppress(APIError):
            client.images.remove(str(image.id))
