"""AttachedStack: a Compose project that somebody else brought up. It is harmed like one's own, and left as found."""

import asyncio
import secrets
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from harness import places
from harness.errors import StackError
from harness.run import EventLog
from harness.stack import Role
from harness.stacks.compose import members
from harness.stacks.compose.acts import NOT_RESTORED, all_restored
from harness.stacks.compose.daemon import connect
from harness.stacks.compose.running import ContainerStack
from harness.stacks.lock import attached_lock, stack_lock
from harness.stacks.records import StackRecord, records, remove_work
from harness.uncancelled import to_the_end

NOTE = "the project {} was up already, with settings of its own; what its balancer thinks of the instances is not seen"


class AttachedStack(ContainerStack):
    """An async context: on entering all its members must serve, on leaving they are what they were before."""

    def __init__(
        self, project: str, run_folder: Path, events: EventLog, say: Callable[[str], None], purpose: str = ""
    ) -> None:
        super().__init__(connect(), project, run_folder, events, say)
        self._purpose = purpose
        self._option = f"compose:{project}"
        self._held = ExitStack()

    @property
    def work(self) -> Path:
        """Of this run alone."""
        return Path(self._record.work)

    def _notes(self) -> tuple[str, ...]:
        return (NOTE.format(self._project),)

    async def __aenter__(self) -> Self:
        self._held.callback(self._client.close)
        try:
            self._held.enter_context(stack_lock(attached_lock(self._project), self._purpose))
            self._refuse_what_is_still_harmed()
            found = await asyncio.to_thread(members.find, self._client, self._project)
            # On disk before anything is harmed: whoever has to undo it needs no more.
            self._record = StackRecord.of_this_process(
                secrets.token_hex(6),
                "compose",
                places.work_base(),
                self._run_folder,
                self._purpose,
                project=self._project,
                as_found=tuple(found.values()),
            )
            self.work.mkdir()
            # What it said before is no part of this run.
            self._listening_since = time.time()
            self._know(found)
            self._url = self._published_url()
            await self._daemon.start()
            await self._refuse_ill()
        except BaseException:
            await to_the_end(self._leave())
            raise
        return self

    def _refuse_what_is_still_harmed(self) -> None:
        """What a harness that died has done to it would be taken for how it was."""
        if any(record.project == self._project and record.as_found for record in records()):
            raise StackError(
                f"a harness that died has left {self._project} harmed, or is being undone", "run `harness heal` first"
            )

    async def __aexit__(self, *exception: object) -> None:
        await to_the_end(self._leave())

    def _published_url(self) -> str:
        (balancer, *_) = self.members(Role.LB)
        published = self._inside.published(self._member(balancer))
        if published is None:
            raise StackError(
                f"the balancer of {self._project} publishes no port on this machine",
                'give it ports: "127.0.0.1:8080:…"',
            )
        return "http://{}:{}".format(*published)

    async def _refuse_ill(self) -> None:
        apart = [name for name, member in sorted(self._members.items()) if member.running and not member.address[0]]
        if apart:
            raise StackError(
                f"{', '.join(apart)} of {self._project} has no address of its own",
                "put its service on a network of the project, and not on the machine's",
            )
        ill = [name for name in sorted(self._members) if not await self.serves(name)]
        if ill:
            raise StackError(f"{', '.join(ill)} of {self._project} did not serve", self._inside.last_words(ill))

    async def _leave(self) -> None:
        self._stopping = True
        if hasattr(self, "_record"):
            done = await all_restored(self._acts, self._members.values())
            for line in done:
                self._say(line)
            await self._unwatch()
            await asyncio.to_thread(self._logs.stop)
            whole = not any(line.startswith(NOT_RESTORED) for line in done)
            if await asyncio.to_thread(remove_work, self.work) and whole:
                self._record.forget()
        self._held.close()
