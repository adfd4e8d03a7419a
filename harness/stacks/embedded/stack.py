"""EmbeddedStack: the whole system of the guide on one machine, under one supervisor."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Self

import msgspec

from harness import places
from harness.clock import now
from harness.errors import StackError
from harness.run import EventLog, ServerExited, StackFacts
from harness.sampling.base import Meter
from harness.sampling.external import external_meters
from harness.settings import ServerPaths
from harness.stack import AlarmUrls, Hop, Role
from harness.stacks import alarms, application, asking, hops
from harness.stacks.authority import Authority
from harness.stacks.companions import Companions
from harness.stacks.embedded import (
    app,
    binaries,
    certificates,
    haproxy,
    pgbouncer,
    pgbouncer_binary,
    postgres,
    redis,
    sinks,
    upstream,
)
from harness.stacks.embedded.binaries import Binary
from harness.stacks.embedded.children import Child, ChildSpec
from harness.stacks.embedded.meters import server_meters
from harness.stacks.embedded.ports import HeldPorts, must_be_free
from harness.stacks.embedded.site import HOST, Ports, Site, new_key, new_secret
from harness.stacks.plan import StackPlan
from harness.stacks.records import StackRecord, remove_work
from harness.stacks.together import together
from harness.uncancelled import to_the_end

START_PATIENCE_S = 30.0
DRAIN_PATIENCE_S = 15.0
"""A little more than an instance takes at most to drain and to finish what it has begun."""

VERSION = "APP_VERSION"
NOTE_TLS = (
    "TLS ends at the balancer, at PgBouncer and, for the cache, at the balancer too: the wheels of Postgres and Valkey"
    " are built without"
)

Say = Callable[[str], None]

ANSWERS: dict[Role, Callable[[Site], Awaitable[bool]]] = {
    Role.LB: haproxy.answers,
    Role.POOL: pgbouncer.answers,
    Role.DB: postgres.answers,
    Role.CACHE: redis.answers,
    Role.UPSTREAM: upstream.answers,
    Role.SINKS: sinks.answers,
}


class EmbeddedStack:
    """An async context: on entering every server starts, on leaving all stop in reverse order and nothing is left."""

    def __init__(
        self,
        plan: StackPlan,
        paths: ServerPaths,
        run_folder: Path,
        events: EventLog,
        say: Say,
        purpose: str = "",
    ) -> None:
        self.id = secrets.token_hex(6)
        self._plan = plan
        self._paths = paths
        self._run_folder = run_folder
        self._events = events
        self._say = say
        self._purpose = purpose
        self._children: dict[str, Child] = {}
        self._stopping = False
        self._versions: dict[str, str] = {}
        self._absent: dict[str, str] = {}
        self._ports = HeldPorts()
        self._companions = Companions(self.id, run_folder / "logs", events)
        self._alarms: alarms.Standing | None = None

    # -- what it is -----------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        return f"{'http' if self._plan.tls is None else 'https'}://{HOST}:{self._site.ports.lb}"

    @property
    def plain_url(self) -> str | None:
        """Where the balancer listens without TLS, only to redirect. None when nothing is encrypted."""
        return None if self._plan.tls is None else f"http://{HOST}:{self._site.ports.plain}"

    @property
    def ca_file(self) -> Path | None:
        """Whom clients must trust. None when nothing is encrypted."""
        return None if self._plan.tls is None else certificates.ca_file(self._site)

    @property
    def work(self) -> Path:
        """Of this stack alone: whatever is in it goes with the stack, however the harness ends."""
        return Path(self._record.work)

    @property
    def facts(self) -> StackFacts:
        members = {role.value: tuple(self.members(role)) for role in Role if self.members(role)}
        return StackFacts(
            kind="embedded",
            url=self.url,
            versions=self._versions,
            members=members,
            absent=self._absent,
            notes=self._notes(),
        )

    def _notes(self) -> tuple[str, ...]:
        tls = () if self._plan.tls is None else (NOTE_TLS,)
        return (*application.notes(self._plan, "processes"), *tls)

    @property
    def database_url(self) -> str | None:
        return postgres.admin_url(self._site)

    @property
    def app_environment(self) -> dict[str, str]:
        return app.environment(self._site, pooled=self._pooled)

    def members(self, role: Role) -> Sequence[str]:
        return [child.spec.name for child in self._children.values() if child.spec.role == role]

    def meters(self) -> Sequence[Meter]:
        meters = server_meters(self._site, self._children.values(), pooled=self._pooled) + external_meters(self)
        return meters + ([self._alarms.meter()] if self._alarms else [])

    @property
    def alarms(self) -> AlarmUrls | None:
        return self._alarms.urls if self._alarms else None

    @property
    def _pooled(self) -> bool:
        return Role.POOL.value not in self._absent

    # -- its life -------------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        self._record = StackRecord.of_this_process(
            self.id, "embedded", places.work_base(), self._run_folder, self._purpose
        )
        try:
            await self._start_all(self.work)
        except BaseException:
            await to_the_end(self._stop_all())
            raise
        return self

    async def __aexit__(self, *exception: object) -> None:
        await to_the_end(self._stop_all())

    async def _start_all(self, work: Path) -> None:
        work.mkdir()
        work.chmod(0o711)
        logs = self._run_folder / "logs"
        logs.mkdir(exist_ok=True)
        self._site = site = Site(self._plan, self._paths, work, logs, self._choose_ports(), new_secret(), new_key())
        found = await self._find_servers()
        if self._plan.tls is not None:
            await asyncio.to_thread(self._certify)
        if self._plan.hops:
            await hops.stand(self._companions, site.ports.control, self._hop_places())
        await together(
            self._start_and_wait(upstream.spec(site), lambda: upstream.answers(site)),
            self._start_and_wait(sinks.spec(site), lambda: sinks.answers(site)),
            self._start_backend(found),
        )
        if self._plan.alarms is not None:
            instances = [f"{HOST}:{port}" for port in site.ports.apps]
            balancer = f"{HOST}:{site.ports.metrics}"
            self._alarms = await alarms.stand(
                self._companions, self._ports, self._plan.alarms, work / "alarms", instances, balancer
            )
        self._record = msgspec.structs.replace(self._record, url=self.url)
        self._record.write()

    def _choose_ports(self) -> Ports:
        wanted = self._plan.hops
        lb, db, pool, cache, *others = self._ports.take(10 + len(wanted) + self._plan.instances)
        if self._plan.port:
            lb = must_be_free(self._plan.port)
        upstream_port, sinks_port, plain, cache_tls, metrics, control, *rest = others
        doors, apps = dict(zip(wanted, rest, strict=False)), tuple(rest[len(wanted) :])
        return Ports(lb, db, pool, cache, apps, upstream_port, sinks_port, plain, cache_tls, metrics, control, doors)

    def _hop_places(self) -> list[hops.Place]:
        ports = self._site.ports
        return [hops.Place(hop, self.hop_address(hop), (HOST, ports.of(hop.server))) for hop in self._plan.hops]

    def _certify(self) -> None:
        if not self._pooled:
            raise StackError("without PgBouncer nothing is there to speak TLS to the instances", "see `harness doctor`")
        self._authority = Authority()
        certificates.write(self._authority, self._site)

    async def _start_backend(self, found: dict[str, Binary]) -> None:
        """What the instances wait for, then the instances and the balancer; what is independent starts together."""
        site = self._site
        await together(
            self._start_database(found),
            self._start_and_wait(redis.spec(site, found["cache"]), lambda: redis.answers(site)),
        )
        await asyncio.to_thread(app.migrate, site, pooled=self._pooled)
        await postgres.execute(site, site.plan.sql)
        await together(
            *(self._start_instance(number) for number in range(1, self._plan.instances + 1)),
            self._start_and_wait(haproxy.spec(site, found["lb"]), lambda: haproxy.answers(site)),
        )
        await self._until_all_get_traffic()

    async def _find_servers(self) -> dict[str, Binary]:
        def find() -> dict[str, Binary]:
            found = {
                "db": postgres.usable_binary(self._site),
                "cache": binaries.redis(self._paths),
                "lb": binaries.haproxy(self._paths),
            }
            try:
                found["pool"] = pgbouncer_binary.find_pgbouncer(self._paths)
            except pgbouncer_binary.Absent as absent:
                self._absent[Role.POOL.value] = str(absent)
                self._say(f"without PgBouncer: {absent}")
            for role, binary in found.items():
                flag = "-v" if role == "lb" else "--version"
                self._versions[role] = f"{binaries.version(binary, flag)} ({binary.source})"
            return found

        return await asyncio.to_thread(find)

    async def _start_database(self, found: dict[str, Binary]) -> None:
        site = self._site
        await asyncio.to_thread(postgres.prepare_data, site, found["db"])
        await self._start_and_wait(postgres.spec(site, found["db"]), lambda: postgres.answers(site))
        if self._pooled:
            await self._start_and_wait(pgbouncer.spec(site, found["pool"]), lambda: pgbouncer.answers(site))

    async def _start_instance(self, number: int) -> None:
        spec = app.spec(self._site, number, pooled=self._pooled)
        await self._start_and_wait(spec, lambda: app.ready(self._site, number))

    async def _start_and_wait(self, spec: ChildSpec, ready: Callable[[], Awaitable[bool]]) -> None:
        child = Child(spec, self.id, self._site.logs / f"{spec.name}.log", self._exited)
        self._children[spec.name] = child
        child.start()
        await child.until(ready, START_PATIENCE_S, "ready")
        self._say(f"{spec.name} is ready")

    async def _until_all_get_traffic(self) -> None:
        if self._plan.health_check is None:
            return
        for member in self.members(Role.APP):
            gets_traffic = partial(haproxy.sends_to, self._site, member)
            await self._children["lb"].until(gets_traffic, START_PATIENCE_S, f"sending to {member}")

    async def _stop_all(self) -> None:
        self._stopping = True
        self._say("the stack stops")
        # Clients' door first, then in reverse order of starting; the instances together.
        for role in (Role.LB, Role.APP, Role.UPSTREAM, Role.SINKS, Role.CACHE, Role.POOL, Role.DB):
            await asyncio.gather(*(child.stop() for child in self._children.values() if child.spec.role == role))
        await self._companions.end_all()
        self._ports.release()
        if await asyncio.to_thread(remove_work, self.work):
            self._record.forget()

    def _exited(self, child: Child, status: str, expected: bool) -> None:
        if not self._stopping:
            event = ServerExited(
                t=now(), role=child.spec.role, subject=child.spec.name, status=status, expected=expected
            )
            self._events.add(event)

    # -- how it can be harmed -------------------------------------------------------------------------------

    async def kill(self, member: str) -> int:
        return await self._child(member).kill()

    async def stop(self, member: str) -> int:
        return await self._child(member).drain(DRAIN_PATIENCE_S)

    async def pause(self, member: str) -> int:
        return await self._child(member).freeze()

    async def resume(self, member: str) -> None:
        child = self._child(member)
        child.thaw()
        if child.alive:
            await child.until(lambda: self.serves(member), START_PATIENCE_S, "serving again")

    async def start(self, member: str) -> None:
        child = self._child(member)
        if child.is_ending:
            # What asked it to end was interrupted before it had.
            await child.drain(DRAIN_PATIENCE_S)
        if not child.alive:
            child.start()
        await child.until(lambda: self.serves(member), START_PATIENCE_S, "serving again")

    async def accepts(self, member: str) -> bool:
        return await asking.accepts(*self.address(member))

    async def serves(self, member: str) -> bool:
        site = self._site
        role, _, number = member.partition("-")
        if role == Role.APP:
            checked = self._plan.health_check is not None
            return await app.ready(site, int(number)) and (not checked or await haproxy.sends_to(site, member))
        return await ANSWERS[Role(role)](site)

    def hops(self) -> tuple[Hop, ...]:
        return self._plan.hops

    def hop_control(self) -> str:
        return hops.control(self._site.ports.control)

    def hop_address(self, hop: Hop) -> tuple[str, int]:
        return HOST, self._site.ports.hops[hop]

    async def accompany(self, name: str, module: str, environment: dict[str, str]) -> None:
        self._companions.begin(name, module, environment)

    async def leave(self, name: str) -> None:
        await self._companions.end(name)

    def accompanied(self, name: str) -> bool:
        return self._companions.runs(name)

    @property
    def versions(self) -> tuple[str, str]:
        now_running = self.app_environment[VERSION]
        return now_running, f"{now_running}-next"

    async def version(self, member: str) -> str | None:
        return await app.version(self._site, self._number(member))

    async def deploy(self, member: str, version: str) -> int:
        child = self._child(member)
        self._number(member)
        if version not in self.versions:
            raise StackError(f"there is no version {version!r} to deploy", f"there are {' and '.join(self.versions)}")
        asked = now()
        if child.spec.environment[VERSION] != version:
            asked = await child.drain(DRAIN_PATIENCE_S)
            environment = child.spec.environment | {VERSION: version}
            child.spec = msgspec.structs.replace(child.spec, environment=environment)
        await self.start(member)
        return asked

    def _number(self, member: str) -> int:
        """Of an instance."""
        role, _, number = member.partition("-")
        if role != Role.APP:
            raise StackError(f"{member} is not an instance of the target, so it has no version", "name an instance")
        return int(number)

    def _child(self, member: str) -> Child:
        if member not in self._children:
            raise StackError(f"this stack has no member {member!r}", f"it has {', '.join(self._children)}")
        return self._children[member]

    def address(self, member: str) -> tuple[str, int]:
        """Where a member listens."""
        role, _, number = member.partition("-")
        self._child(member)
        ports = self._site.ports
        return HOST, ports.apps[int(number) - 1] if role == Role.APP else ports.of(Role(role))

    async def rotate_certificate(self, days: float | None = None) -> None:
        pem = await asyncio.to_thread(certificates.issue, self._authority, self._site, days)
        await haproxy.renew(self, self._site, pem)

    @property
    def announcing_url(self) -> str | None:
        return None

    def logs_are_written(self) -> None:
        """Each server writes its own."""

    def pids(self) -> dict[str, int | None]:
        """The process of each member and companion, None for one that does not run."""
        return {name: child.pid for name, child in self._children.items()} | self._companions.pids()
