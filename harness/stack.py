"""Stack: the running system under test, as drills and faults see it.

Whatever kind it is (child processes, containers, a URL), it is known by roles and members; a stack says what
it has, a drill says what it needs, and what does not fit is not applicable, never passed.
"""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Protocol, runtime_checkable

from harness.run import StackFacts
from harness.sampling.base import Meter


class Role(StrEnum):
    LB = "lb"
    APP = "app"
    POOL = "pool"
    DB = "db"
    CACHE = "cache"
    UPSTREAM = "upstream"
    SINKS = "sinks"


class Stack(Protocol):
    """What every kind of stack has. Members are named by role and number: `app-2`; a lone one by its role: `cache`."""

    @property
    def url(self) -> str:
        """Where clients go: the balancer's address."""

    @property
    def facts(self) -> StackFacts: ...

    @property
    def database_url(self) -> str | None:
        """For the harness's own reading, past the pool. None where the stack does not let it in."""

    def members(self, role: Role) -> Sequence[str]:
        """The names of a role's members; none when the role is absent."""

    def meters(self) -> Sequence[Meter]:
        """What to sample while a drill runs."""


@runtime_checkable
class Inspectable(Stack, Protocol):
    """A stack whose insides can be looked at: it runs on this machine, and the harness made it."""

    @property
    def ca_file(self) -> Path | None:
        """Whom clients trust, where the stack's certificates are of its own making; None without TLS."""

    @property
    def app_environment(self) -> dict[str, str]:
        """What an instance is started with."""

    def address(self, member: str) -> tuple[str, int]:
        """Where a member listens: host and port."""


@runtime_checkable
class Encrypted(Inspectable, Protocol):
    """A stack whose balancer may speak TLS, with certificates that the harness makes."""

    @property
    def plain_url(self) -> str | None:
        """Where the balancer listens without TLS; None when nothing is encrypted."""

    async def rotate_certificate(self) -> None:
        """Gives the balancer a new certificate. New connections get it; those that are open go on."""


@runtime_checkable
class Harmable(Stack, Protocol):
    """A stack whose members the harness owns, and may therefore harm. Each call is idempotent."""

    async def kill(self, member: str) -> None:
        """SIGKILL: no warning, no clean-up. Returns when the member is dead."""

    async def start(self, member: str) -> None:
        """Starts a member that does not run, empty where it keeps nothing, and waits until it serves."""

    async def accepts(self, member: str) -> bool:
        """Whether a client from outside gets a connection."""

    async def serves(self, member: str) -> bool:
        """Whether the member answers as it should, in its own protocol, and (for an instance) gets traffic."""
