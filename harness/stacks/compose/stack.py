"""ComposeStack: the system of the guide as containers, brought up from a compose file for one run alone."""

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Self

import msgspec
import psycopg

from harness import places
from harness.clock import now
from harness.errors import StackError
from harness.images import refuse_stale, version_of
from harness.run import EventLog
from harness.sampling.base import Meter
from harness.stack import AlarmUrls, Hop, Role
from harness.stacks import alarms, application, balancer, hops
from harness.stacks.asking import version_of as answered_version
from harness.stacks.authority import Authority
from harness.stacks.companions import Companions
from harness.stacks.compose import addresses, encryption, members, override
from harness.stacks.compose.daemon import connect
from harness.stacks.compose.inside import Inside
from harness.stacks.compose.one_shots import wait_for_ends
from harness.stacks.compose.project import Compose
from harness.stacks.compose.remains import SETTLES_S, remove_project
from harness.stacks.compose.replicas import spread
from harness.stacks.compose.running import ContainerStack
from harness.stacks.compose.site import Ports, ProjectFile, Release, Site
from harness.stacks.compose.usable import refuse_unusable
from harness.stacks.embedded.children import MARK
from harness.stacks.embedded.ports import HeldPorts, must_be_free
from harness.stacks.embedded.site import new_key, new_secret
from harness.stacks.plan import StackPlan
from harness.stacks.records import StackRecord, remove_work
from harness.uncancelled import to_the_end

OVERRIDE = "override.yml"

Say = Callable[[str], None]


class ComposeStack(ContainerStack):
    """An async context: on entering the project comes up under a name of its own, on leaving nothing of it is left."""

    def __init__(
        self,
        plan: StackPlan,
        file: Path,
        run_folder: Path,
        events: EventLog,
        say: Say,
        purpose: str = "",
    ) -> None:
        self.id = secrets.token_hex(6)
        super().__init__(connect(), f"harness-{self.id}", run_folder, events, say)
        self._plan = plan
        self._file = file.absolute()
        self._purpose = purpose
        self._checked = plan.health_check is not None
        self._ports = HeldPorts()
        self._companions = Companions(self.id, run_folder / "logs", events)
        self._alarms: alarms.Standing | None = None
        # Not while Compose is at work, nor after it has broken off.
        self._settled = True

    @property
    def work(self) -> Path:
        """Of this stack alone: whatever is in it goes with the stack, however the harness ends."""
        return Path(self._record.work)

    def _notes(self) -> tuple[str, ...]:
        return application.notes(self._plan, "containers")

    # -- its life -------------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        self._record = StackRecord.of_this_process(
            self.id, "compose", places.work_base(), self._run_folder, self._purpose, project=self._project
        )
        try:
            await self._bring_up()
        except BaseException:
            await to_the_end(self._take_down())
            raise
        return self

    async def __aexit__(self, *exception: object) -> None:
        await to_the_end(self._take_down())

    async def _bring_up(self) -> None:
        self.work.mkdir()
        self.work.chmod(0o711)
        (self._run_folder / "logs").mkdir(exist_ok=True)
        if not self._file.is_file():
            raise StackError(
                f"there is no compose file {self._file}",
                "run the command in the folder that has one, or name it: HARNESS_COMPOSE_FILE, or `file` below "
                "`[compose]` in harness.toml",
            )
        read = await self._composed(self._file, profiles=("*",)).config(ProjectFile)
        refuse_unusable(read)
        file = spread(read)
        self._site = Site(
            project=self._project,
            original=self._file,
            plan=self._plan,
            file=file,
            addresses=await asyncio.to_thread(addresses.choose, self._client, file.on),
            work=self.work,
            run_folder=self._run_folder,
            ports=self._choose_ports(),
            jwt_secret=new_secret(),
            upload_key=new_key(),
            deployed={},
        )
        await asyncio.to_thread(refuse_stale, self._client, self._site.images)
        if self._plan.tls is not None:
            await asyncio.to_thread(self._certify)
        self._write_override()
        await self._daemon.start()
        if self._plan.sql:
            await self._prepare_database()
        self._say("containers start")
        if self._plan.hops:
            await self._stand_between()
        await self._up(*self._site.wanted)
        self._socket = self._site.socket
        self._url = self._site.url
        self._know(await asyncio.to_thread(members.find, self._client, self._project))
        await self._until_all_serve()
        if self._plan.alarms is not None:
            instances = [":".join(map(str, self.address(name))) for name in self.members(Role.APP)]
            balancer = f"{self._site.address(self._site.file.of(Role.LB)[0], Role.APP)}:{override.METRICS}"
            self._alarms = await alarms.stand(
                self._companions, self._ports, self._plan.alarms, self.work / "alarms", instances, balancer
            )
        self._record = msgspec.structs.replace(self._record, url=self.url)
        self._record.write()

    async def _stand_between(self) -> None:
        """The fault proxy listens on bridges, which there are once something is on them."""
        if self._plan.tls is not None:
            raise StackError(
                "the fault proxy cannot stand between members that check each other's certificates",
                "run the drill without TLS, or on the embedded stack",
            )
        site = self._site
        await self._up(*site.before_the_apps)
        self._detours = {site.door(hop): site.behind(hop) for hop in self._plan.hops}
        places = [hops.Place(hop, site.door(hop), site.behind(hop)) for hop in self._plan.hops]
        await hops.stand(self._companions, site.ports.control, places)

    def _choose_ports(self) -> Ports:
        lb, *others = self._ports.take(4)
        return Ports(must_be_free(self._plan.port) if self._plan.port else lb, *others)

    def _certify(self) -> None:
        self._authority = Authority()
        encryption.write_certificates(self._authority, self._site)

    def _composed(self, *files: Path, profiles: tuple[str, ...] = ()) -> Compose:
        return Compose(
            project=self._project,
            folder=self._file.parent,
            files=files,
            profiles=profiles,
            # By it a command that outlived a killed harness is found.
            environment={MARK: self.id},
        )

    def _write_override(self) -> None:
        override.write(self._site, self.work / OVERRIDE)

    async def _up(self, *services: str, alone: bool = False) -> None:
        """`alone`: not what the services depend on."""
        arguments = ["up", "--detach", "--no-build", *(["--no-deps"] if alone else []), *services]
        self._settled = False
        await self._composed(self._file, self.work / OVERRIDE).run(*arguments)
        self._settled = True

    async def _prepare_database(self) -> None:
        """The plan's statements run after the migrations and before any instance starts."""
        await self._up(*self._site.before_the_apps)
        await asyncio.to_thread(wait_for_ends, self._client, self._project, self._site.file.one_shots)
        found = await asyncio.to_thread(members.find, self._client, self._project, whole=False)
        url = Inside(self._client, found).superuser_url(self._site.database)
        try:
            async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
                for statement in self._plan.sql:
                    await connection.execute(statement.encode())
        except psycopg.Error as error:
            raise StackError(f"the database did not take what the drill wants of it: {error}") from error

    async def _until_all_serve(self) -> None:
        for name in sorted(self._members):
            await self._until(partial(self.serves, name), f"{name} serves", [name])
            self._say(f"{name} is ready")

    async def _take_down(self) -> None:
        self._stopping = True
        self._say("the stack stops")
        await self._companions.end_all()
        await self._unwatch()
        settles_s = 0.0 if self._settled else SETTLES_S
        left = await asyncio.to_thread(remove_project, self._client, self._project, settles_s=settles_s)
        await asyncio.to_thread(self._logs.stop)
        self._client.close()
        self._ports.release()
        if not left and await asyncio.to_thread(remove_work, self.work):
            self._record.forget()

    # -- what probes look at --------------------------------------------------------------------------------

    @property
    def ca_file(self) -> Path | None:
        return None if self._plan.tls is None else encryption.ca_file(self._site)

    @property
    def plain_url(self) -> str | None:
        return None if self._plan.tls is None else f"http://127.0.0.1:{self._site.ports.plain}"

    @property
    def announcing_url(self) -> str | None:
        return None if self._plan.tls else f"http://127.0.0.1:{self._site.ports.announcing}"

    async def rotate_certificate(self, days: float | None = None) -> None:
        assert self._plan.tls is not None
        (service,) = self._site.file.of(Role.LB)
        pem = await asyncio.to_thread(encryption.issue, self._authority, self._site, Role.LB, service, days)
        tell = partial(balancer.take_up, self._site.socket, f"{encryption.FOLDER}/lb.pem", pem)
        await balancer.renew(self, self._plan.tls.renewal, tell)

    # -- what stands beside it ------------------------------------------------------------------------------

    def meters(self) -> Sequence[Meter]:
        return [*super().meters(), *([self._alarms.meter()] if self._alarms else [])]

    @property
    def alarms(self) -> AlarmUrls | None:
        return self._alarms.urls if self._alarms else None

    def hops(self) -> tuple[Hop, ...]:
        return self._plan.hops

    def hop_control(self) -> str:
        return hops.control(self._site.ports.control)

    def hop_address(self, hop: Hop) -> tuple[str, int]:
        return self._site.door(hop)

    async def accompany(self, name: str, module: str, environment: dict[str, str]) -> None:
        self._companions.begin(name, module, environment)

    async def leave(self, name: str) -> None:
        await self._companions.end(name)

    def accompanied(self, name: str) -> bool:
        return self._companions.runs(name)

    # -- other versions, other numbers ----------------------------------------------------------------------

    @property
    def versions(self) -> tuple[str, str]:
        """As the images say themselves, by the usual label."""
        return version_of(self._client, self._site.good_image), version_of(self._client, self._site.next_image)

    async def version(self, member: str) -> str | None:
        return await answered_version(*self.address(member))

    async def deploy(self, member: str, version: str) -> int:
        if await self.version(member) == version:
            return now()
        if version not in self.versions:
            raise StackError(f"there is no version {version!r} to deploy", f"there are {' and '.join(self.versions)}")
        site, found = self._site, self._member(member)
        image = site.next_image if version == self.versions[1] and not site.is_spoilt else site.app_image
        site.deployed[found.service] = Release(image, version)
        self._write_override()
        with self._replaced(member):
            began = await self.stop(member)
            await self._up(found.service, alone=True)
            self._know(await asyncio.to_thread(members.find, self._client, self._project))
            self._asked.discard(member)
        await self._until(partial(self.serves, member), f"{member} serves as {version}", [member])
        return began

    async def scale(self, role: Role, count: int) -> None:
        services = self._site.file.of(role)
        if not 1 <= count <= len(services):
            raise StackError(
                f"the compose file has room for 1 to {len(services)} of {role.value}, not for {count}",
                "give it more services of that role, in the profile `scale`, or `deploy.replicas`",
            )
        surplus = [name for name, member in self._members.items() if member.service in services[count:]]
        with self._replaced(*surplus):
            for name in surplus:
                await self.stop(name)
                await self._acts.remove(self._member(name))
            await self._up(*services[:count], alone=True)
            self._know(await asyncio.to_thread(members.find, self._client, self._project))
        await self._until_all_serve()

    @contextlib.contextmanager
    def _replaced(self, *names: str) -> Iterator[None]:
        """Within, the containers of members may go: it is the harness that takes them away."""
        self._replacing.update(names)
        try:
            yield
        finally:
            self._replacing.difference_update(names)
