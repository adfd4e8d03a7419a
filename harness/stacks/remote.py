"""RemoteStack: a URL. It can be put under load; it cannot be harmed."""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from typing import Self
from urllib.parse import urlsplit

from harness.errors import StackError, UsageError
from harness.run import StackFacts
from harness.sampling.base import Meter
from harness.settings import Remote
from harness.stack import Role

CONNECT_PATIENCE_S = 5.0


class RemoteStack:
    """An async context: on entering, somebody must listen there. UsageError for hosts that are not allowed."""

    def __init__(self, url: str, remote: Remote) -> None:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise UsageError(f"{url!r} is not a URL that load can go to: {error}") from error
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(f"{url!r} is not a URL that load can go to", "write it like http://127.0.0.1:8000")
        self._port = port or (443 if parts.scheme == "https" else 80)
        self._host = parts.hostname
        if not _on_this_machine(self._host) and self._host not in remote.hosts:
            raise UsageError(
                f"load to {self._host} is not allowed",
                f'so that no slip hits production; to allow it put [remote] hosts = ["{self._host}"] into harness.toml',
            )
        self._url = url.rstrip("/")

    @property
    def id(self) -> str:
        return f"{self._host}:{self._port}"

    @property
    def url(self) -> str:
        return self._url

    @property
    def facts(self) -> StackFacts:
        absent = {role.value: "a remote stack is only known by its URL" for role in Role if role is not Role.LB}
        return StackFacts(
            kind="remote", url=self._url, members={Role.LB.value: ("lb",)}, absent=absent, option=self._url
        )

    @property
    def database_url(self) -> str | None:
        return None

    def members(self, role: Role) -> Sequence[str]:
        return ("lb",) if role is Role.LB else ()

    def meters(self) -> Sequence[Meter]:
        return ()

    async def __aenter__(self) -> Self:
        try:
            async with asyncio.timeout(CONNECT_PATIENCE_S):
                _, writer = await asyncio.open_connection(self._host, self._port)
        except (OSError, TimeoutError) as error:
            why = str(error) or f"no answer in {CONNECT_PATIENCE_S:g} s"
            raise StackError(f"nobody can be reached at {self._url} ({why})", "start it, or correct the URL") from error
        writer.close()
        return self

    async def __aexit__(self, *exception: object) -> None:
        """Nothing here is ours to stop."""


def _on_this_machine(host: str) -> bool:
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return False
    return bool(found) and all(ipaddress.ip_address(address).is_loopback for address in found)
