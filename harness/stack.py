"""Stack: the running system under test, as drills and faults see it.

Whatever kind it is (child processes, containers, a URL), it is known by roles and members; a stack says what
it has, a drill says what it needs, and what does not fit is not applicable, never passed.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

import msgspec

# Whoever knows stacks knows these too; what need not know stacks has them from there.
from harness.roles import Hop as Hop  # noqa: PLC0414
from harness.roles import Role as Role  # noqa: PLC0414
from harness.run import StackFacts
from harness.sampling.base import Meter


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
        """What an instance is started with, as somebody here would need it: with addresses and folders of here."""

    def address(self, member: str) -> tuple[str, int]:
        """Where a member can be reached from here: host and port."""

    @property
    def announcing_url(self) -> str | None:
        """Where a client says first who it is, by the PROXY protocol; None where its address arrives as it is."""

    def logs_are_written(self) -> None:
        """Returns when what the members have logged so far is in the run's logs/."""


@runtime_checkable
class Watched(Stack, Protocol):
    """A stack that others can reach too, and may take away."""

    def when_taken(self, tell: Callable[[str], None]) -> None:
        """Calls `tell`, once, when somebody else lays hands on a member: nothing that follows is worth measuring."""


@runtime_checkable
class Encrypted(Inspectable, Protocol):
    """A stack whose balancer may speak TLS, with certificates that the harness makes."""

    @property
    def plain_url(self) -> str | None:
        """Where the balancer listens without TLS; None when nothing is encrypted."""

    async def rotate_certificate(self, days: float | None = None) -> None:
        """Gives the balancer a new certificate. New connections get it; those that are open go on.

        It is good for so many days from now, less than none for one that has expired; by default as the plan says.
        """


class AlarmUrls(NamedTuple):
    """Where they can be asked. Every duration in their files is divided by `pace`."""

    prometheus: str
    alertmanager: str
    pushgateway: str
    pace: float


@runtime_checkable
class Alarmed(Inspectable, Protocol):
    """A stack that Prometheus and Alertmanager can watch, where its plan says so."""

    @property
    def alarms(self) -> AlarmUrls | None:
        """None where nobody watches."""


@runtime_checkable
class Harmable(Stack, Protocol):
    """A stack whose members the harness owns, and may therefore harm. Each call is idempotent.

    What harms returns when it took effect (ns, by `harness.clock`), as near to the truth as the stack can tell.
    """

    async def kill(self, member: str) -> int:
        """SIGKILL: no warning, no clean-up. Returns when the member is dead."""

    async def stop(self, member: str) -> int:
        """SIGTERM, as a deploy sends it: the member may finish what it does. Returns when it has ended."""

    async def pause(self, member: str) -> int:
        """Freezes it: its connections stay open, and nothing is answered."""

    async def resume(self, member: str) -> None:
        """Lets a frozen member go on, and waits until it serves."""

    async def start(self, member: str) -> None:
        """Starts a member that does not run, empty where it keeps nothing, and waits until it serves."""

    async def accepts(self, member: str) -> bool:
        """Whether a client from outside gets a connection."""

    async def serves(self, member: str) -> bool:
        """Whether the member answers as it should, in its own protocol, and (for an instance) gets traffic."""


@runtime_checkable
class Deployable(Harmable, Protocol):
    """A stack whose instances can be replaced by those of another version."""

    @property
    def versions(self) -> tuple[str, str]:
        """What can be deployed: the version that runs when the stack starts, and the next one."""

    async def version(self, member: str) -> str | None:
        """Which version an instance says it is; None when it does not answer."""

    async def deploy(self, member: str, version: str) -> int:
        """Replaces an instance: stopped as by `stop`, started as `version`, waited for until it serves.

        Returns when the old one was asked to end, or now when it is of that version already.
        """


@runtime_checkable
class Proxied(Harmable, Protocol):
    """A stack that can have the fault proxy on its hops, where its plan says so."""

    def hops(self) -> tuple[Hop, ...]:
        """Those on which the proxy stands."""

    def hop_control(self) -> str:
        """The URL of the proxy's control, which speaks Toxiproxy's API; its proxies are called as the hops are."""

    def hop_address(self, hop: Hop) -> tuple[str, int]:
        """Where the hop's client connects to the proxy, as it can be reached from here."""


@runtime_checkable
class Accompanied(Inspectable, Harmable, Protocol):
    """A stack beside which processes may run that take from it what it needs, and that end when it does."""

    async def accompany(self, name: str, module: str, environment: dict[str, str]) -> None:
        """Starts `python -m module` with nothing but this environment; nothing when one of this name runs."""

    async def leave(self, name: str) -> None:
        """Kills it, if it runs. Returns when it is dead."""

    def accompanied(self, name: str) -> bool:
        """Whether it runs."""


@runtime_checkable
class Processes(Accompanied, Protocol):
    """A stack whose members are processes of this machine, which its kernel can limit and place one by one."""

    def pids(self) -> dict[str, int | None]:
        """The process of each member and companion, None for one that does not run."""


class ContainerState(msgspec.Struct, frozen=True, kw_only=True):
    """A member's container. `cpus` and `memory_bytes` are its limits, None where there is none."""

    running: bool
    paused: bool
    out_of_memory: bool
    """Whether the kernel killed it, the last time that it ended, since it had used up its memory."""
    starts: int
    """How often it was started again by itself, as its restart policy says."""
    networks: tuple[str, ...]
    ended: int | None = None
    """When its process ended the last time (ns), None when it never has."""
    cpus: float | None = None
    memory_bytes: int | None = None


class Ran(NamedTuple):
    """A command that was run inside a member: its exit status, and what it printed."""

    status: int
    text: str


@runtime_checkable
class Containers(Harmable, Protocol):
    """A stack of containers: what surrounds a process can be harmed too."""

    async def cut(self, member: str, role: Role) -> int:
        """Takes a member off every network that it shares with a role: a partition between the two."""

    async def mend(self, member: str, role: Role) -> None:
        """Puts it back on them, by the names that it had there."""

    async def limit(self, member: str, *, cpus: float | None = None, memory_bytes: int | None = None) -> int:
        """Changes limits of a member that goes on running. What is not given stays."""

    async def unlimit(self, member: str) -> None:
        """Gives it the limits back that it started with."""

    async def run(self, member: str, argv: Sequence[str], *, privileged: bool = False, wait: bool = True) -> Ran:
        """Runs a command inside a member, as root when `privileged`. Without `wait` it goes on by itself, and the
        answer is (0, "").
        """

    async def state(self, member: str) -> ContainerState: ...

    async def stats(self, member: str) -> dict[str, float]:
        """What the kernel counts of it: cpu_s, throttled_s, throttled_periods, memory_bytes."""


@runtime_checkable
class Scalable(Containers, Protocol):
    """A stack of containers of the harness's own, so that there may be more of them or fewer."""

    async def scale(self, role: Role, count: int) -> None:
        """Starts or removes members until the role has `count`, and waits until all of them serve."""
