"""Waiting for services that do their work once and end."""

from collections.abc import Iterable

import docker
import requests
from docker.errors import DockerException

from harness.errors import StackError
from harness.stacks.compose.member import PROJECT, SERVICE
from harness.stacks.compose.trouble import last_words

PATIENCE_S = 60


def wait_for_ends(client: docker.DockerClient, project: str, services: Iterable[str]) -> None:
    """Returns when all of them have ended well. Raises StackError, with its last words, for one that has not."""
    for service in services:
        filters = {"label": [f"{PROJECT}={project}", f"{SERVICE}={service}"]}
        for container in client.api.containers(all=True, filters=filters):
            try:
                status = int(client.api.wait(container["Id"], timeout=PATIENCE_S)["StatusCode"])
                said = client.api.logs(container["Id"], tail=20).decode(errors="replace")
            except (DockerException, requests.RequestException) as error:
                raise StackError(f"{service} did not end within {PATIENCE_S} s: {error}", "see its log") from error
            if status:
                raise StackError(f"{service} ended with status {status}", f"its last words:\n{last_words(said)}")
