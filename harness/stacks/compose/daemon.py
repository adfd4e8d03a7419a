"""The Docker daemon of this machine: reached, or a plain word on why it is not."""

import errno
import os
import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING

import psutil

from harness.errors import StackError

if TYPE_CHECKING:
    import docker

OLDEST_API = (1, 41)
"""Docker 20.10: cgroup namespaces, and statistics without the second that older daemons wait for."""

DEFAULT_SOCKET = "unix:///var/run/docker.sock"
EMBEDDED = "`--stack embedded` needs no Docker"
FIRST_ANSWER_S = 10
PATIENCE_S = 60


def connect(environment: Mapping[str, str] = os.environ) -> "docker.DockerClient":
    """A client of the daemon that the `docker` command would talk to, whose containers can be reached from here.

    Raises StackError.
    """
    try:
        import docker
        import requests
        from docker.errors import DockerException
    except ImportError as error:
        raise StackError(
            f"the Python package docker is not there ({error})", "install the project: `make setup`"
        ) from error
    where = endpoint(environment)
    _refuse_what_cannot_be_opened(where)
    try:
        client = docker.DockerClient(base_url=where, version="auto", timeout=FIRST_ANSWER_S)
        try:
            _refuse_what_cannot_be_used(client)
        except BaseException:
            client.close()
            raise
    except (DockerException, requests.RequestException, OSError, ValueError, KeyError) as error:
        raise StackError(
            f"what listens at {where} does not answer as a Docker daemon does: {error}",
            f"look at its log, or start it again; {EMBEDDED}",
        ) from error
    client.api.timeout = PATIENCE_S
    return client


def endpoint(environment: Mapping[str, str] = os.environ) -> str:
    """Where the `docker` command finds its daemon: by DOCKER_HOST, else by its context."""
    named = environment.get("DOCKER_HOST")
    if named:
        return named
    from docker.context import ContextAPI
    from docker.errors import DockerException

    try:
        chosen = environment.get("DOCKER_CONTEXT")
        context = ContextAPI.get_context(chosen) if chosen else ContextAPI.get_current_context()
    except (DockerException, OSError, ValueError):
        # A context that cannot be read: the `docker` command says what is wrong with it.
        return DEFAULT_SOCKET
    host = context.Host if context is not None else None
    return host.removeprefix("http+") if host else DEFAULT_SOCKET


def _refuse_what_cannot_be_opened(where: str) -> None:
    """Opens the socket once by hand: the client's own errors tell the reason only in its own terms."""
    if not where.startswith("unix://"):
        raise StackError(
            f"the Docker daemon at {where} is not reached by a local socket",
            "unset DOCKER_HOST, or set it to unix://…: the harness asks containers at their own addresses, which only "
            "the machine of their daemon can reach",
        )
    path = where.removeprefix("unix://")
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(FIRST_ANSWER_S)
            probe.connect(path)
    except PermissionError as error:
        raise StackError(
            f"this user may not talk to the Docker daemon at {path}",
            f"join its group and log in again (`sudo usermod -aG docker $USER`), or run as root; {EMBEDDED}",
        ) from error
    except OSError as error:
        reason = "no such socket" if error.errno == errno.ENOENT else os.strerror(error.errno or 0)
        raise StackError(
            f"no Docker daemon answers at {path} ({reason})",
            f"start it (`sudo systemctl start docker`, or `dockerd`), or install it (`apt-get install docker.io`); "
            f"{EMBEDDED}",
        ) from error


def _refuse_what_cannot_be_used(client: "docker.DockerClient") -> None:
    spoken = str(client.version()["ApiVersion"])
    if _numbers(spoken) < OLDEST_API:
        needed = ".".join(map(str, OLDEST_API))
        raise StackError(
            f"the Docker daemon speaks API {spoken}, and {needed} is needed",
            f"upgrade it to Docker 20.10 or newer; {EMBEDDED}",
        )
    why = _out_of_reach(client)
    if why:
        raise StackError(
            f"the containers of this Docker daemon cannot be reached from here: {why}",
            f"use a daemon that runs as root on this very machine; {EMBEDDED}",
        )


def _out_of_reach(client: "docker.DockerClient") -> str:
    """Why containers' addresses lead nowhere from here; empty when they lead to them."""
    info = client.info()
    if "Docker Desktop" in info["OperatingSystem"]:
        return "Docker Desktop keeps them in a virtual machine"
    if any("rootless" in option for option in info.get("SecurityOptions") or ()):
        return "it is rootless, and keeps them in a network of their own"
    bridges = client.networks.list(names=["bridge"])
    configs = [config for network in bridges for config in (network.attrs.get("IPAM") or {}).get("Config") or ()]
    gateways = {config["Gateway"] for config in configs if config.get("Gateway")}
    here = {address.address for addresses in psutil.net_if_addrs().values() for address in addresses}
    if gateways and not gateways & here:
        return f"its bridge ({', '.join(sorted(gateways))}) is not on this machine"
    return ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
