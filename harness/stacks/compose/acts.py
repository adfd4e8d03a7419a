"""What can be done to one container, each act idempotent, and each answered with when it took effect."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import docker
import requests
from docker.errors import APIError, NotFound

from harness.clock import at_wall_time, nanoseconds, now
from harness.errors import StackError
from harness.stack import ContainerState, Ran, Role
from harness.stacks.compose.counts import counts_of
from harness.stacks.compose.entering import can_enter, enter
from harness.stacks.compose.events import DaemonEvents
from harness.stacks.compose.executing import execute, start
from harness.stacks.compose.manners import answers_well_again
from harness.stacks.compose.member import Member
from harness.stacks.compose.members import PERIOD_US, nano_cpus
from harness.traces import REMOVE_FILLERS, RESOLVER, WRITE_RESOLVER, is_resolver_taken, resolver_given_back
from harness.uncancelled import to_the_end

T = TypeVar("T")

NOT_RESTORED = "could not restore"
NO_SUCH_PROGRAM = (126, 127)
STOP_PATIENCE_S = 20
RESTARTS_WITHIN_S = 20.0
LOOK_EVERY_S = 0.05


class Acts:
    """Without `events`, as in another process than the one that harmed, an act took effect when it returned."""

    def __init__(self, client: docker.DockerClient, events: DaemonEvents | None) -> None:
        self._client = client
        self._events = events

    async def _when(self, member: Member, what: tuple[str, ...], since: int) -> int:
        return now() if self._events is None else await self._events.when(member.container, what, since)

    async def kill(self, member: Member) -> int:
        """Returns when the signal was sent, once the container is dead."""
        return await self._end(member, lambda: self._client.api.kill(member.container, "SIGKILL"))

    async def stop(self, member: Member) -> int:
        """SIGTERM, and SIGKILL for what has not ended after STOP_PATIENCE_S. Returns when the first was sent."""
        # What is frozen cannot hear.
        await self.unpause(member)
        return await self._end(member, lambda: self._client.api.stop(member.container, timeout=STOP_PATIENCE_S))

    async def _end(self, member: Member, act: Callable[[], None]) -> int:
        began = now()
        if not (await self.state(member)).running:
            return began
        await self._call(member, act)
        at = await self._when(member, ("kill", "die"), began)
        await self._when(member, ("die",), began)
        return at

    async def start(self, member: Member) -> None:
        """Returns when its process runs; its readiness is for the caller to ask."""
        state = await self.state(member)
        if state.paused:
            await self.unpause(member)
        elif not state.running:
            await self._call(member, lambda: self._client.api.start(member.container))

    async def remove(self, member: Member) -> None:
        await self._call(member, lambda: self._client.api.remove_container(member.container, v=True, force=True))

    async def pause(self, member: Member) -> int:
        began = now()
        state = await self.state(member)
        if not state.running or state.paused:
            return began
        await self._call(member, lambda: self._client.api.pause(member.container))
        return await self._when(member, ("pause",), began)

    async def unpause(self, member: Member) -> None:
        if (await self.state(member)).paused:
            await self._call(member, lambda: self._client.api.unpause(member.container))

    async def disconnect(self, member: Member, networks: Sequence[str]) -> int:
        began = now()
        present = set((await self.state(member)).networks)
        gone = [name for name in networks if name in present]
        for name in gone:
            await self._call(
                member,
                lambda name=name: self._client.api.disconnect_container_from_network(
                    member.container, name, force=True
                ),  # type: ignore[misc]
            )
        if not gone:
            return began
        # The daemon tells when it is done with all of it, some 50 ms later. The truth lies in between, and so does the
        # answer: it is at most half of that off.
        told = await self._when(member, ("disconnect",), began)
        return (began + told) // 2

    async def connect(self, member: Member, networks: Sequence[str]) -> None:
        """By the names that it had there, and at its address where that was chosen and not Docker's to give."""
        present = set((await self.state(member)).networks)
        for name in networks:
            if name not in present:
                known = member.connection(name)
                await self._call(member, lambda known=known: self._connect(member, known.network))  # type: ignore[misc]

    def _connect(self, member: Member, network: str) -> None:
        known = member.connection(network)

        def connect(address: str | None) -> None:
            self._client.api.connect_container_to_network(
                member.container, network, aliases=list(known.aliases), ipv4_address=address
            )

        try:
            connect(known.address or None)
        except APIError as error:
            # Only a network with a subnet of the project's own lets an address be asked for; and where somebody else
            # has it by now, another one is better than none.
            if not any(words in str(error) for words in ("user configured subnets", "already in use")):
                raise
            connect(None)

    async def limit(
        self,
        member: Member,
        *,
        nano_cpus: int | None = None,
        memory_bytes: int | None = None,
        with_swap_bytes: int | None = None,
        reserved_bytes: int | None = None,
    ) -> int:
        """A limit of 0 is none. What is not given stays, but that memory and swap together are limited to the memory:
        a lower limit would only push pages out.
        """
        began = now()
        found = await self._inspect(member)
        changes: dict[str, int] = {}
        if nano_cpus is not None and found["HostConfig"]["NanoCpus"]:
            changes["NanoCpus"] = nano_cpus
        elif nano_cpus is not None:
            changes |= {"CpuPeriod": PERIOD_US, "CpuQuota": round(nano_cpus / 1e9 * PERIOD_US) or -1}
        if memory_bytes is not None:
            together = memory_bytes if with_swap_bytes is None else with_swap_bytes
            # What is reserved may not be more than the limit.
            reserved = min(found["HostConfig"]["MemoryReservation"], memory_bytes)
            reserved = reserved if reserved_bytes is None else reserved_bytes
            changes |= {"Memory": memory_bytes, "MemorySwap": together or -1, "MemoryReservation": reserved}
        if not changes:
            return began
        deadline = now() + nanoseconds(RESTARTS_WITHIN_S)
        while True:
            try:
                await self._call(member, lambda: self._update(member, changes))
                break
            except StackError as error:
                # Between two starts by its restart policy nothing of a container can be changed.
                if "cannot update a stopped container" not in str(error) or now() > deadline:
                    raise
            await asyncio.sleep(LOOK_EVERY_S)
        return await self._when(member, ("update",), began)

    async def unlimit(self, member: Member) -> None:
        """The limits that it had."""
        await self.limit(
            member,
            nano_cpus=member.nano_cpus,
            memory_bytes=member.memory_bytes,
            with_swap_bytes=member.with_swap_bytes,
            reserved_bytes=member.reserved_bytes,
        )

    def _update(self, member: Member, changes: dict[str, int]) -> None:
        # The SDK's own call cannot change NanoCpus, which is how Compose sets a limit.
        api: Any = self._client.api
        url = api._url("/containers/{0}/update", member.container)
        api._result(api._post_json(url, data=changes), True)

    async def run(self, member: Member, argv: Sequence[str], *, privileged: bool, wait: bool) -> Ran:
        def run() -> Ran:
            api = self._client.api
            if privileged and wait and can_enter():
                return enter(int(api.inspect_container(member.container)["State"]["Pid"]), argv)
            do = execute if wait else start
            return do(api, member.container, argv, "0" if privileged else "", privileged=privileged)

        return await self._call(member, run)

    async def state(self, member: Member) -> ContainerState:
        found = await self._inspect(member)
        state, host = found["State"], found["HostConfig"]
        return ContainerState(
            # A container between two starts by its restart policy counts as running for Docker.
            running=bool(state["Running"]) and not state["Restarting"],
            paused=bool(state["Paused"]),
            out_of_memory=bool(state["OOMKilled"]),
            starts=int(found["RestartCount"]),
            networks=tuple(sorted(found["NetworkSettings"]["Networks"] or {})),
            ended=_on_our_clock(state["FinishedAt"]),
            cpus=nano_cpus(host) / 1e9 or None,
            memory_bytes=host["Memory"] or None,
        )

    async def stats(self, member: Member) -> dict[str, float]:
        pid = (await self._inspect(member))["State"]["Pid"]
        if pid and (counted := counts_of(int(pid))) is not None:
            return counted
        found = await self._call(member, lambda: self._client.api.stats(member.container, stream=False, one_shot=True))
        cpu = found.get("cpu_stats") or {}
        throttling = cpu.get("throttling_data") or {}
        return {
            "cpu_s": (cpu.get("cpu_usage") or {}).get("total_usage", 0) / 1e9,
            "throttled_s": throttling.get("throttled_time", 0) / 1e9,
            "throttled_periods": float(throttling.get("throttled_periods", 0)),
            "memory_bytes": float((found.get("memory_stats") or {}).get("usage", 0)),
        }

    async def _inspect(self, member: Member) -> dict[str, Any]:
        return await self._call(member, lambda: dict(self._client.api.inspect_container(member.container)))

    async def _call(self, member: Member, act: Callable[[], T]) -> T:
        """In a thread: the client blocks. What the daemon refuses becomes a StackError.

        What was sent to the daemon is done, whoever is interrupted meanwhile: were it not waited for, it could still be
        on its way when it is undone.
        """
        try:
            return await to_the_end(asyncio.to_thread(act))
        except NotFound as error:
            raise StackError(
                f"the container of {member.name} is gone: somebody else removed it",
                "leave the stack alone while a drill runs",
            ) from error
        except APIError as error:
            raise StackError(f"Docker would not do it to {member.name}: {error.explanation or error}") from error
        except TimeoutError as error:
            raise StackError(
                f"a command did not end in {member.name}: {error}", "see whether its container is frozen or starved"
            ) from error
        except (requests.RequestException, OSError) as error:
            raise StackError(f"the Docker daemon does not answer: {error}", "see `harness doctor`") from error


def _on_our_clock(stamp: str) -> int | None:
    """A time as the daemon writes it (ns); None for its way to say never."""
    wall = datetime.fromisoformat(stamp).timestamp()
    return at_wall_time(nanoseconds(wall)) if wall > 0 else None


def _has_its_limits(state: ContainerState, member: Member) -> bool:
    return state.cpus == (member.nano_cpus / 1e9 or None) and (state.memory_bytes or 0) == member.memory_bytes


async def all_restored(acts: Acts, members: Iterable[Member]) -> list[str]:
    """Several containers at once, each as `restored` brings it back."""
    told = await asyncio.gather(*(restored(acts, member) for member in members))
    return [line for lines in told for line in lines]


async def restored(acts: Acts, member: Member) -> list[str]:
    """Brings a container back to what it was: undoes whatever was done to it. Says in lines what there was to undo,
    and, beginning with NOT_RESTORED, what could not be.
    """
    done: list[str] = []
    try:
        state = await acts.state(member)
        if state.paused:
            await acts.unpause(member)
            done.append(f"{member.name} goes on")
        missing = sorted(member.networks - set(state.networks))
        if missing:
            await acts.connect(member, missing)
            done.append(f"{member.name} is back on {', '.join(missing)}")
        if not _has_its_limits(state, member):
            await acts.unlimit(member)
            state = await acts.state(member)
            back = _has_its_limits(state, member)
            done.append(f"{member.name} has its limits back" if back else f"{NOT_RESTORED} {member.name}: its limits")
        if member.running and not state.running:
            await acts.start(member)
            done.append(f"{member.name} runs again")
        elif state.running:
            done += await _without_traces(acts, member)
            if member.role is Role.UPSTREAM and (well := await answers_well_again(member)) is not None:
                done.append(
                    f"{member.name} answers well again" if well else f"{NOT_RESTORED} {member.name}: its answers"
                )
    except StackError as error:
        # What is not there any more wants nothing.
        if not isinstance(error.__cause__, NotFound):
            done.append(f"{NOT_RESTORED} {member.name}: {error.what}")
    return done


async def _without_traces(acts: Acts, member: Member) -> list[str]:
    """Removes what faults leave inside a container that runs. Says in lines what there was."""
    ran = await acts.run(member, ["sh", "-c", REMOVE_FILLERS], privileged=False, wait=True)
    done = [f"{path} of {member.name} has room again" for path in ran.text.splitlines() if not ran.status]
    ran = await acts.run(member, ["cat", RESOLVER], privileged=False, wait=True)
    found = ran.text
    if ran.status not in NO_SUCH_PROGRAM and not found.strip():
        done.append(f"{NOT_RESTORED} {member.name}: its resolver could not be read")
    if is_resolver_taken(found):
        write = ["sh", "-c", WRITE_RESOLVER, "sh", resolver_given_back(found)]
        ran = await acts.run(member, write, privileged=True, wait=True)
        done.append(
            f"{NOT_RESTORED} {member.name}: its resolver" if ran.status else f"{member.name} has its resolver back"
        )
    return done
