"""Whether an image is of what this checkout holds now: each that is built here carries the hash of its source."""

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from docker.errors import ImageNotFound

from harness.errors import StackError
from harness.images.recipes import PROJECT, Recipe, recipes

if TYPE_CHECKING:
    import docker

SOURCE = "harness.source"
VERSION = "org.opencontainers.image.version"
HOW = "run `make images`"


class State(StrEnum):
    """Of an image, as compared with its recipe. What carries no hash was made by somebody else."""

    CURRENT = "current"
    STALE = "of an older source"
    FOREIGN = "not built by make images"
    MISSING = "missing"


def state(client: "docker.DockerClient", recipe: Recipe) -> State:
    labels = labels_of(client, recipe.image)
    if labels is None:
        return State.MISSING
    if SOURCE not in labels:
        return State.FOREIGN
    return State.CURRENT if labels[SOURCE] == recipe.source else State.STALE


def states(client: "docker.DockerClient", project: Path = PROJECT) -> dict[str, State]:
    """Of every image that `make images` builds, by name."""
    return {recipe.image: state(client, recipe) for recipe in recipes(project)}


def refuse_stale(client: "docker.DockerClient", images: Iterable[str], project: Path = PROJECT) -> None:
    """Raises StackError when one of the images was built here from what is no longer the source.

    An image of another name, or one that carries no hash, is somebody else's: it is what it is said to be.
    """
    known = {recipe.image: recipe for recipe in recipes(project)} if (project / "deploy/images").is_dir() else {}
    stale = sorted(image for image in set(images) & set(known) if state(client, known[image]) is State.STALE)
    if stale:
        raise StackError(f"{' and '.join(stale)}: built from another source than this checkout holds", HOW)


def version_of(client: "docker.DockerClient", image: str) -> str:
    """The version that an image says it is. Raises StackError when it is not there, or says none."""
    labels = labels_of(client, image)
    if labels is None:
        raise StackError(f"there is no image {image} here", HOW)
    version = labels.get(VERSION)
    if not version:
        raise StackError(f"the image {image} does not say which version it is", f"give it the label {VERSION}")
    return version


def labels_of(client: "docker.DockerClient", image: str) -> dict[str, str] | None:
    """None when there is no such image."""
    try:
        return dict(client.images.get(image).labels)
    except ImageNotFound:
        return None
