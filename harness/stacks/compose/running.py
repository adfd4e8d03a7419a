"""ContainerStack: containers that run, as drills and faults see them, whoever started them."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import docker
import msgspec

from harness.clock import nanoseconds, now
from harness.errors import NotApplicable, StackError
from harness.run import EventLog, ServerExited, StackFacts
from harness.sampling import haproxy
from harness.sampling.base import Meter
from harness.sampling.external import external_meters
from harness.sampling.haproxy import HaproxyMeter, servers_with_traffic
from harness.sampling.pgbouncer import PgbouncerMeter
from harness.sampling.postgres import PostgresMeter
from harness.sampling.processes import ProcessMeter
from harness.sampling.redis import RedisMeter
from harness.stack import ContainerState, Ran, Role
from harness.stacks.asking import accepts, answers_redis, answers_sql, is_healthy, status_of
from harness.stacks.balancer import BACKEND
from harness.stacks.compose.acts import Acts
from harness.stacks.compose.events import DaemonEvent, DaemonEvents
from harness.stacks.compose.inside import Inside
from harness.stacks.compose.logs import Logs
from harness.stacks.compose.member import Member

PATIENCE_S = 60.0
LOOK_EVERY_S = 0.05
KILLED = 128


class ContainerStack:
    """The daemon's events are heard until `_unwatch`. `_socket` is HAProxy's, where there is one."""

    def __init__(
        self, client: docker.DockerClient, project: str, run_folder: Path, events: EventLog, say: Callable[[str], None]
    ) -> None:
        self._client = client
        self._project = project
        self._run_folder = run_folder
        self._log = events
        self._say = say
        self._daemon = DaemonEvents(client, self._heard)
        self._acts = Acts(client, self._daemon)
        self._members: dict[str, Member] = {}
        self._inside = Inside(client, {})
        self._detours: dict[tuple[str, int], tuple[str, int]] = {}
        self._url = ""
        self._socket: Path | None = None
        self._checked = True
        self._pids: dict[str, int | None] = {}
        self._logs = Logs(client, run_folder / "logs")
        self._ended: dict[str, float] = {}
        self._listening_since: float | None = None
        self._asked: set[str] = set()
        self._out_of_memory: dict[str, int] = {}
        self._replacing: set[str] = set()
        self._stopping = False
        self._option = "compose"
        self._taken = False
        self._tell: Callable[[str], None] = say
        self._tasks: set[asyncio.Task[None]] = set()

    # -- what it is -----------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        return self._url

    @property
    def facts(self) -> StackFacts:
        return StackFacts(
            kind="compose",
            url=self.url,
            versions={member.role.value: member.image for member in self._members.values()},
            members={role.value: tuple(self.members(role)) for role in Role if self.members(role)},
            absent={
                role.value: f"no container is labelled harness.role={role}" for role in Role if not self.members(role)
            },
            notes=self._notes(),
            option=self._option,
        )

    def _notes(self) -> tuple[str, ...]:
        return ()

    def members(self, role: Role) -> Sequence[str]:
        return [name for name, member in sorted(self._members.items()) if member.role is role]

    @property
    def database_url(self) -> str | None:
        return self._inside.superuser_url() if self.members(Role.DB) else None

    @property
    def app_environment(self) -> dict[str, str]:
        return self._inside.app_environment()

    @property
    def ca_file(self) -> Path | None:
        return None

    @property
    def announcing_url(self) -> str | None:
        return None

    def address(self, member: str) -> tuple[str, int]:
        found = self._member(member)
        return self._inside.published(found) or found.address

    def meters(self) -> Sequence[Meter]:
        meters: list[Meter] = []
        if self._socket is not None:
            meters.append(HaproxyMeter(self._socket, BACKEND))
        if self.members(Role.DB):
            meters.append(PostgresMeter(self._inside.superuser_url()))
        if self.members(Role.CACHE):
            meters.append(RedisMeter(self._inside.redis_url()))
        if self.members(Role.POOL) and (console := self._inside.console_url()):
            meters.append(PgbouncerMeter(console, self._inside.database))
        meters += external_meters(self)
        for name, member in self._members.items():
            meters.append(ProcessMeter(member.role, name, partial(self._pids.get, name)))
        return meters

    def logs_are_written(self) -> None:
        self._logs.settle()

    def when_taken(self, tell: Callable[[str], None]) -> None:
        self._tell = tell

    def _member(self, name: str) -> Member:
        if name not in self._members:
            raise StackError(f"this stack has no member {name!r}", f"it has {', '.join(sorted(self._members))}")
        return self._members[name]

    # -- what the daemon tells ------------------------------------------------------------------------------

    def _know(self, members: dict[str, Member]) -> None:
        self._members = members
        self._inside = Inside(self._client, members, self._detours)
        for name, member in members.items():
            self._pids[name] = self._inside.pid(member)
            self._logs.follow(name, member.container, since=self._listening_since)

    def _heard(self, event: DaemonEvent) -> None:
        name = next((name for name, member in self._members.items() if member.container == event.container), None)
        if name is None or self._stopping:
            return
        member = self._members[name]
        if event.what == "die":
            self._pids[name] = None
            self._ended[name] = event.wall
            code = int(event.attributes.get("exitCode") or 0)
            status = f"killed by signal {code - KILLED}" if code > KILLED else f"exit status {code}"
            expected = name in self._asked
            self._log.add(ServerExited(t=event.t, role=member.role, subject=name, status=status, expected=expected))
        elif event.what == "oom":
            # Told again and again until the process is dead.
            self._out_of_memory.setdefault(event.container, event.t)
        elif event.what == "start":
            self._asked.discard(name)
            self._logs.follow(name, event.container, since=self._ended.get(name))
            self._soon(self._find_pid(name))
        elif event.what == "kill" and name not in self._asked:
            self._interfered(f"somebody else sent signal {event.attributes.get('signal', '?')} to {name}")
        elif event.what == "destroy" and name not in self._replacing:
            self._interfered(f"somebody else removed the container of {name}")

    def _interfered(self, what: str) -> None:
        if not self._taken:
            self._taken = True
            self._tell(f"{what}: what happened since then proves nothing")

    async def _find_pid(self, name: str) -> None:
        self._pids[name] = await asyncio.to_thread(self._inside.pid, self._members[name])

    def _soon(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- how it can be harmed -------------------------------------------------------------------------------

    async def kill(self, member: str) -> int:
        self._asked.add(member)
        return await self._acts.kill(self._member(member))

    async def stop(self, member: str) -> int:
        self._asked.add(member)
        return await self._acts.stop(self._member(member))

    async def pause(self, member: str) -> int:
        return await self._acts.pause(self._member(member))

    async def resume(self, member: str) -> None:
        if not (await self.state(member)).running:
            return
        await self._acts.unpause(self._member(member))
        await self._until(partial(self.serves, member), f"{member} serves again", [member])

    async def start(self, member: str) -> None:
        await self._acts.start(self._member(member))
        await self._until(partial(self.serves, member), f"{member} serves again", [member])

    async def cut(self, member: str, role: Role) -> int:
        networks = self._shared(member, role)
        self._refuse_to_cut_more(self._member(member), networks, role)
        return await self._acts.disconnect(self._member(member), networks)

    async def mend(self, member: str, role: Role) -> None:
        await self._acts.connect(self._member(member), self._shared(member, role))

    def _shared(self, name: str, role: Role) -> list[str]:
        """The networks on which a member meets a role."""
        member = self._member(name)
        others = [other.networks for other in self._members.values() if other.role is role and other is not member]
        found = sorted(network for network in member.networks if any(network in networks for networks in others))
        if not found:
            raise StackError(f"{name} shares no network with a member of the role {role}", "see `docker network ls`")
        return found

    def _refuse_to_cut_more(self, member: Member, networks: Sequence[str], role: Role) -> None:
        """Raises NotApplicable where a member meets other roles on the same networks alone: what it does without all of
        them is not what was asked.
        """
        kept = member.networks.difference(networks)
        others = [other for other in self._members.values() if other.role not in (role, member.role)]
        lost = {other.role for other in others if other.networks & member.networks and not other.networks & kept}
        if lost:
            raise NotApplicable(
                f"{member.name} cannot be cut off from {role.value} alone: it meets {', '.join(sorted(lost))} on "
                f"{', '.join(networks)} too",
                "give that link a network of its own in the compose file",
            )

    async def limit(self, member: str, *, cpus: float | None = None, memory_bytes: int | None = None) -> int:
        # What it may use up is another amount from now on.
        self._out_of_memory.pop(self._member(member).container, None)
        nano_cpus = None if cpus is None else round(cpus * 1e9)
        if memory_bytes is not None:
            # The kernel may kill what does not fit any more: that is what was asked for.
            self._asked.add(member)
        return await self._acts.limit(self._member(member), nano_cpus=nano_cpus, memory_bytes=memory_bytes)

    async def unlimit(self, member: str) -> None:
        await self._acts.unlimit(self._member(member))
        self._asked.discard(member)

    async def run(self, member: str, argv: Sequence[str], *, privileged: bool = False, wait: bool = True) -> Ran:
        return await self._acts.run(self._member(member), argv, privileged=privileged, wait=wait)

    async def state(self, member: str) -> ContainerState:
        found = self._member(member)
        state = await self._acts.state(found)
        at = self._out_of_memory.get(found.container)
        # The daemon tells of the end when it has cleaned up, and of the kernel's kill at once.
        return msgspec.structs.replace(state, ended=at) if at is not None and state.out_of_memory else state

    async def stats(self, member: str) -> dict[str, float]:
        return await self._acts.stats(self._member(member))

    async def accepts(self, member: str) -> bool:
        # The address of a container that does not run belongs to nobody: a question to it waits for seconds.
        return (await self.state(member)).running and await accepts(*self.address(member))

    async def serves(self, member: str) -> bool:
        found = self._member(member)
        if not (await self.state(member)).running:
            return False
        host, port = self.address(member)
        if found.role is Role.APP:
            return await status_of(host, port, "/health/ready") == 200 and await self._gets_traffic(member)
        if found.role is Role.LB and self._socket is not None:
            return await haproxy.answers(self._socket)
        if found.role is Role.LB:
            return await status_of(host, port, "/health/live") is not None
        return await {
            Role.DB: lambda: answers_sql(self._inside.superuser_url()),
            Role.POOL: lambda: answers_sql(self._inside.pooled_url()),
            Role.CACHE: lambda: answers_redis(self._inside.redis_url()),
            Role.UPSTREAM: lambda: is_healthy(host, port),
            Role.SINKS: lambda: is_healthy(host, port),
        }[found.role]()

    async def _gets_traffic(self, member: str) -> bool:
        if self._socket is None or not self._checked:
            return True
        return member in await servers_with_traffic(self._socket, BACKEND)

    async def _until(
        self, true: Callable[[], Any], what: str, members: Sequence[str], patience_s: float = PATIENCE_S
    ) -> None:
        """Asks again and again. Raises StackError, with the last words of the members, when the patience ends."""
        deadline = now() + nanoseconds(patience_s)
        while not await true():
            if now() > deadline:
                raise StackError(f"not within {patience_s:g} s: {what}", self._inside.last_words(members))
            await asyncio.sleep(LOOK_EVERY_S)

    async def _unwatch(self) -> None:
        await asyncio.to_thread(self._daemon.stop)
        await asyncio.to_thread(self._logs.settle)
        for task in list(self._tasks):
            task.cancel()
