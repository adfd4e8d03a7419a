"""What the harness reads of containers: how they were started, and how what is in them can be reached from here."""

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import docker
import requests
from docker.errors import DockerException

from harness.errors import StackError
from harness.stack import Role
from harness.stacks.compose.member import Member
from harness.stacks.compose.urls import at, plain

TAIL_LINES = 8
CONSOLE = "pgbouncer"
CONSOLE_PASSWORD = "PGBOUNCER_ADMIN_PASSWORD"
"""Of PgBouncer's admin console: the user, and the variable of its container."""

HERE = ("", "0.0.0.0", "::", "127.0.0.1")
NOT_THE_TARGETS = re.compile(r"PATH|HOSTNAME|LANG|LC_ALL|GPG_KEY|PYTHON\w*|PIP_\w+")
"""Variables of the image and not of the application: somebody here has others."""


class Inside:
    """Reads the daemon each time that it is asked: a container that was started anew has another process."""

    def __init__(
        self,
        client: docker.DockerClient,
        members: dict[str, Member],
        detours: dict[tuple[str, int], tuple[str, int]] | None = None,
    ) -> None:
        """`detours` are the places of the fault proxy, and behind each the server."""
        self._client = client
        self._members = members
        self._detours = detours or {}
        self._instances: dict[str, str] = {}

    def pid(self, member: Member) -> int | None:
        """The first process of a container, as this machine numbers it; None when it does not run."""
        try:
            return self._inspect(member)["State"]["Pid"] or None
        except (DockerException, requests.RequestException):
            return None

    def published(self, member: Member) -> tuple[str, int] | None:
        """Where a member can be reached on this machine's own loopback; None when it can not."""
        ports = self._inspect(member)["NetworkSettings"]["Ports"] or {}
        bindings = ports.get(f"{member.port}/tcp") or ()
        ports_here = (int(binding["HostPort"]) for binding in bindings if binding["HostIp"] in HERE)
        return next((("127.0.0.1", port) for port in ports_here), None)

    def environment(self, member: Member) -> dict[str, str]:
        pairs = (entry.partition("=") for entry in self._inspect(member)["Config"]["Env"] or ())
        return {name: value for name, _, value in pairs}

    # -- the instances' environment --------------------------------------------------------------------------

    def app_environment(self) -> dict[str, str]:
        """With addresses for names, and this machine's folders for the container's."""
        instance = self._first(Role.APP)
        folders = {mount["Destination"]: mount["Source"] for mount in self._inspect(instance)["Mounts"]}
        found = {
            name: self._from_here(value, folders)
            for name, value in self.environment(instance).items()
            if not NOT_THE_TARGETS.fullmatch(name)
        }
        return found | {"HOST": "127.0.0.1"}

    def _from_here(self, value: str, folders: dict[str, str]) -> str:
        """Without names that only containers can look up, and folders that only they have."""
        for inside, outside in folders.items():
            value = re.sub(rf"(^|=){re.escape(inside)}(?=/|$)", rf"\g<1>{outside}", value)
        for member in self._members.values():
            called = "|".join(re.escape(name) for name in sorted(member.called))
            value = re.sub(rf"(//|@)(?:{called})(?=[:/]|$)", rf"\g<1>{member.address[0]}", value)
        return value

    # -- addresses of the servers ---------------------------------------------------------------------------

    @property
    def database(self) -> str:
        """The application's, as PgBouncer and Postgres call it."""
        return urlsplit(self._app_url("DATABASE_URL")).path.lstrip("/")

    def superuser_url(self, database: str = "") -> str:
        """As the image's own user, past the pool, to the application's database."""
        user, password = self._superuser
        host, port = self._first(Role.DB).address
        return f"postgresql://{user}:{password}@{host}:{port}/{database or self.database}"

    @cached_property
    def _superuser(self) -> tuple[str, str]:
        environment = self.environment(self._first(Role.DB))
        return environment.get("POSTGRES_USER") or "postgres", environment.get("POSTGRES_PASSWORD") or ""

    def pooled_url(self) -> str:
        """Through PgBouncer, as the application, with its TLS."""
        parts = urlsplit(self._app_url("DATABASE_URL"))
        query = [(name, value) for name, value in parse_qsl(parts.query) if name.startswith("ssl")]
        return parts._replace(query=urlencode(query)).geturl()

    def console_url(self) -> str | None:
        """PgBouncer's admin console; None where the harness does not know its password."""
        environment = self.environment(self._first(Role.POOL))
        password = environment.get(CONSOLE_PASSWORD)
        host, port = self._first(Role.POOL).address
        return f"postgresql://{CONSOLE}:{password}@{host}:{port}/pgbouncer" if password else None

    def redis_url(self) -> str:
        return self._app_url("REDIS_URL")

    def _app_url(self, variable: str) -> str:
        """Read once: how an instance reaches a server does not change while the stack runs."""
        if not self._instances:
            self._instances = self.app_environment()
        if not self._instances.get(variable):
            raise StackError(
                f"the instances have no {variable} in their environment",
                "set it: the harness reads there how they reach what they ask",
            )
        url = plain(self._instances[variable])
        parts = urlsplit(url)
        # The harness's own questions are not harmed.
        server = self._detours.get((parts.hostname or "", parts.port or 0))
        return at(url, server) if server else url

    # -- what they said -------------------------------------------------------------------------------------

    def last_words(self, names: Sequence[str]) -> str:
        """The last lines that members have logged, for an error message."""
        told = []
        for name in names:
            try:
                text = self._client.api.logs(self._members[name].container, tail=TAIL_LINES).decode(errors="replace")
            except (DockerException, requests.RequestException):
                continue
            # One that is started again and again says the same each time.
            told.append(f"the last words of {name}:\n" + "\n".join(dict.fromkeys(text.strip().splitlines())))
        return "\n".join(told)

    def _first(self, role: Role) -> Member:
        return next(member for _, member in sorted(self._members.items()) if member.role is role)

    def _inspect(self, member: Member) -> dict[str, Any]:
        return dict(self._client.api.inspect_container(member.container))
