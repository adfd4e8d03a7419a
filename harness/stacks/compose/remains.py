"""Taking a project away, whoever started it: found by its label, so that nothing is missed and nothing else touched."""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import docker
import requests
from docker.errors import APIError, DockerException, NotFound

from harness.clock import nanoseconds, now
from harness.errors import StackError
from harness.stacks.compose.acts import NOT_RESTORED, Acts, all_restored
from harness.stacks.compose.member import PROJECT, Member

TRIES = 5
LOOK_EVERY_S, LOOK_AGAIN_S = 0.05, 0.5
SETTLES_S = 1.5
"""From the death of whoever asked: what the daemon was asked to make, it makes nevertheless. By then it has."""


def remove_project(client: docker.DockerClient, project: str, *, settles_s: float = 0.0) -> list[str]:
    """Removes containers, networks and volumes of a project at once, without asking them to stop first.

    Not done before `settles_s`: until then more may come. Says what could not be removed.
    """
    with _daemon_answers():
        return _removed_project(client, project, settles_s)


@contextmanager
def _daemon_answers() -> Iterator[None]:
    """Raises StackError where it does not, or refuses."""
    try:
        yield
    except (DockerException, requests.RequestException, OSError) as error:
        raise StackError(f"the Docker daemon does not answer: {error}", "see `harness doctor`") from error


def _removed_project(client: docker.DockerClient, project: str, settles_s: float) -> list[str]:
    tries, began = 0, now()
    while True:
        left = what_is_there(client, project)
        if left and tries == TRIES:
            return left
        if left:
            _remove(client, project)
            tries += 1
        elif now() - began >= nanoseconds(settles_s):
            return []
        else:
            time.sleep(LOOK_EVERY_S)


def _remove(client: docker.DockerClient, project: str) -> None:
    with ThreadPoolExecutor(max_workers=8) as threads:
        # Those that wait for others would go on starting: whatever appears meanwhile is met in the next round.
        list(threads.map(_removed, [_removal(client, found["Id"]) for found in containers(client, project)]))
        volumes = [partial(volume.remove, force=True) for volume in _volumes(client, project)]
        networks = [network.remove for network in _networks(client, project)]
        list(threads.map(_removed, [*volumes, *networks]))


def what_is_there(client: docker.DockerClient, project: str) -> list[str]:
    """Of a project, in words."""
    with _daemon_answers():
        found = [f"container {found['Names'][0].lstrip('/')}" for found in containers(client, project)]
        found += [f"network {network.name}" for network in _networks(client, project)]
        return found + [f"volume {volume.name}" for volume in _volumes(client, project)]


async def restore(client: docker.DockerClient, as_found: Sequence[Member], settles_s: float = 0.0) -> list[str]:
    """Brings containers back to what they were, and looks again until `settles_s`: until then the daemon may do what it
    was asked before. Says in lines what there was to undo, and what could not be.
    """
    acts, began = Acts(client, None), now()
    done: list[str] = []
    while True:
        # What could not be restored counts only when it still can not.
        done = [line for line in done if not line.startswith(NOT_RESTORED)]
        done += [line for line in await all_restored(acts, as_found) if line not in done]
        if now() - began >= nanoseconds(settles_s):
            return done
        await asyncio.sleep(LOOK_AGAIN_S)


def containers(client: docker.DockerClient, project: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.api.containers(all=True, filters={"label": f"{PROJECT}={project}"})
    return found


def _removal(client: docker.DockerClient, container: str) -> Callable[[], None]:
    return partial(client.api.remove_container, container, v=True, force=True)


def _networks(client: docker.DockerClient, project: str) -> Iterable[Any]:
    return list(client.networks.list(filters={"label": f"{PROJECT}={project}"}))


def _volumes(client: docker.DockerClient, project: str) -> Iterable[Any]:
    return list(client.volumes.list(filters={"label": f"{PROJECT}={project}"}))


def _removed(remove: Callable[[], None]) -> None:
    """Whether it went is asked afterwards: somebody else may be removing it too."""
    try:
        remove()
    except (NotFound, APIError, requests.RequestException):
        return
