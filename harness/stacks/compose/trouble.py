"""What went wrong in a Compose project, in plain words: from what Compose said and from what the daemon knows."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import psutil

from harness.errors import StackError
from harness.stacks.compose.member import PROJECT, SERVICE

if TYPE_CHECKING:
    import docker

TAIL_LINES = 8

PORT_TAKEN = re.compile(
    r"(?:listen tcp[46]? |Bind for |bind host port )(?P<host>\S+):(?P<port>\d+).*already (?:in use|allocated)"
)
NO_ADDRESSES = re.compile(
    "could not find an available.*address pool|predefined address pools have been fully subnetted"
)
NOT_HEALTHY = re.compile(r"is unhealthy|exited \(\d+\)|has exited|complete successfully|not healthy after")


def explain(client: "docker.DockerClient", project: str, command: str, said: str, images: Sequence[str]) -> StackError:
    """The error for a `docker compose COMMAND` that failed and said this; `images` is what it needed."""
    from docker.errors import DockerException
    from requests import RequestException

    try:
        known = _known(client, project, said, images)
    except (DockerException, RequestException, psutil.Error):
        # The daemon or the container went away meanwhile: then there is only what Compose said.
        known = None
    return known or StackError(f"docker compose {command} failed", errors(said))


def _known(client: "docker.DockerClient", project: str, said: str, images: Sequence[str]) -> StackError | None:
    taken = PORT_TAKEN.search(said)
    if taken:
        return port_taken(client, taken["host"], int(taken["port"]))
    if NO_ADDRESSES.search(said):
        return StackError(
            "the Docker daemon has no addresses left for another network",
            "`docker network ls` shows who has them; `docker network prune` removes those that nobody uses",
        )
    absent = absent_images(client, images)
    if absent:
        return image_missing(absent, errors(said).rpartition("\n")[2])
    return not_healthy(client, project) if NOT_HEALTHY.search(said) else None


def last_words(said: str) -> str:
    """The end of what a container said."""
    return "\n".join([line.rstrip() for line in said.splitlines() if line.strip()][-TAIL_LINES:])


def errors(said: str) -> str:
    """The end of what Compose said, without its progress, which is indented, and its warnings, which have a time."""
    return last_words("\n".join(line for line in said.splitlines() if not line.startswith((" ", "time="))))


def port_taken(client: "docker.DockerClient", host: str, port: int) -> StackError:
    return StackError(
        f"port {port} on {host} is taken by {_holder(client, port)}",
        "stop it, or choose another port: LB_PORT, `--port`",
    )


def _holder(client: "docker.DockerClient", port: int) -> str:
    for container in client.api.containers():
        if any(published.get("PublicPort") == port for published in container.get("Ports") or ()):
            return f"the container {container['Names'][0].lstrip('/')}"
    for connection in psutil.net_connections("tcp"):
        listens = connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port
        if listens and connection.pid:
            return f"process {connection.pid} ({psutil.Process(connection.pid).name()})"
    return "another program"


def absent_images(client: "docker.DockerClient", images: Sequence[str]) -> list[str]:
    """Those of the images that the daemon does not have."""
    from docker.errors import ImageNotFound

    absent = []
    for image in dict.fromkeys(images):
        try:
            client.images.get(image)
        except ImageNotFound:
            absent.append(image)
    return absent


def image_missing(absent: Sequence[str], reason: str = "") -> StackError:
    why = f" ({reason})" if reason else ""
    return StackError(
        f"the daemon has no image {', '.join(absent)}{why}",
        "`make images` builds them all, and needs no registry; or set the variable of docker-compose.yml that names "
        "it, such as POSTGRES_IMAGE, to one that is there",
    )


def not_healthy(client: "docker.DockerClient", project: str) -> StackError | None:
    """Names the container that keeps the others waiting, and shows its last words and its last health check.

    None when all are well by now.
    """
    listed = client.api.containers(all=True, filters={"label": f"{PROJECT}={project}"})
    ills = [ill for ill in (_ill(client.api.inspect_container(each["Id"])) for each in listed) if ill]
    if not ills:
        return None
    worst = min(ills)
    return StackError(f"{worst.service} did not come up: it {worst.how}", symptoms(client, worst.container))


class Ill(NamedTuple):
    """A container that is not as it should be; the first in order is the cause of the others."""

    rank: int
    service: str
    how: str
    container: str


def _ill(found: dict[str, Any]) -> Ill | None:
    state, labels = found["State"], found["Config"]["Labels"]
    service = labels.get(SERVICE) or found["Name"].lstrip("/")
    health = (state.get("Health") or {}).get("Status")
    if state["OOMKilled"]:
        return Ill(0, service, "ran out of memory", found["Id"])
    if state["Status"] in {"exited", "dead", "restarting"} and state["ExitCode"]:
        return Ill(0, service, f"ended with status {state['ExitCode']}", found["Id"])
    if health == "unhealthy":
        return Ill(1, service, "is not healthy", found["Id"])
    if state["Running"] and health == "starting":
        return Ill(2, service, "was not healthy in time", found["Id"])
    return None


def symptoms(client: "docker.DockerClient", container: str) -> str:
    """The last lines of its log, and what its last health check said."""
    log = last_words(client.api.logs(container, tail=TAIL_LINES).decode(errors="replace"))
    health = client.api.inspect_container(container)["State"].get("Health") or {}
    checks = health.get("Log") or []
    told = f"its last words:\n{log}" if log else "it said nothing"
    if checks and checks[-1]["ExitCode"]:
        told += f"\nits last health check ended with {checks[-1]['ExitCode']}:\n{last_words(checks[-1]['Output'])}"
    return told
