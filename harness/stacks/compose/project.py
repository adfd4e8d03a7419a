"""One Compose project, driven by the `docker compose` command."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from harness.errors import StackError
from harness.lifeline import die_with_parent
from harness.stacks.compose.command import compose_command
from harness.stacks.compose.daemon import connect, endpoint
from harness.stacks.compose.trouble import errors, explain, not_healthy
from harness.uncancelled import to_the_end

if TYPE_CHECKING:
    import docker

T = TypeVar("T")

PATIENCE_S = 180.0
TIME_TO_END_S = 5.0


class Compose(msgspec.Struct, frozen=True, kw_only=True):
    """A project by its name, the files that make it, and the folder that their relative paths and `.env` are in.

    `environment` is laid over the person's own.
    """

    project: str
    folder: Path
    files: tuple[Path, ...]
    profiles: tuple[str, ...] = ()
    environment: dict[str, str] = {}

    async def run(self, *arguments: str, patience_s: float = PATIENCE_S) -> str:
        """Runs `docker compose ARGUMENTS` to its end; returns what it printed.

        To be awaited in the main thread: the command dies with the thread that starts it. Raises StackError that says
        what went wrong in plain words.
        """
        process = self._start(arguments)
        reading = asyncio.ensure_future(asyncio.to_thread(process.communicate))
        try:
            async with asyncio.timeout(patience_s):
                out, err = await asyncio.shield(reading)
        except TimeoutError:
            raise await self._late(arguments[0], patience_s) from None
        finally:
            await to_the_end(_ended(process, reading))
        if process.returncode:
            raise await self._trouble(arguments[0], err.decode(errors="replace"))
        return out.decode(errors="replace")

    async def config(self, kind: type[T]) -> T:
        """The files as Compose understands them: merged, variables filled in, without the services of other profiles.

        Raises StackError.
        """
        text = await self.run("config", "--format", "json")
        try:
            return msgspec.json.decode(text, type=kind)
        except msgspec.DecodeError as error:
            raise self._wrong_file(str(error)) from error

    async def images(self) -> list[str]:
        """What the services are made from. Raises StackError."""
        return (await self.run("config", "--images")).split()

    async def _trouble(self, command: str, said: str) -> StackError:
        if command == "config":
            return self._wrong_file(errors(said))
        images = await self.images()
        return await self._asked(lambda client: explain(client, self.project, command, said, images))

    async def _late(self, command: str, patience_s: float) -> StackError:
        return await self._asked(lambda client: not_healthy(client, self.project)) or StackError(
            f"docker compose {command} took more than {patience_s:g} s",
            "the machine may be overloaded, or the daemon stuck: `docker ps`",
        )

    async def _asked(self, question: "Callable[[docker.DockerClient], T]") -> T:
        def ask() -> T:
            with closing(connect()) as client:
                return question(client)

        return await asyncio.to_thread(ask)

    def _wrong_file(self, reason: str) -> StackError:
        files = ", ".join(map(str, self.files))
        return StackError(f"the compose file {files} cannot be used: {reason}", "correct it")

    def _start(self, arguments: tuple[str, ...]) -> "subprocess.Popen[bytes]":
        command = compose_command()
        options = ["--ansi", "never", "--progress", "plain", "--project-name", self.project]
        options += ["--project-directory", str(self.folder)]
        for file in self.files:
            options += ["--file", str(file)]
        for profile in self.profiles:
            options += ["--profile", profile]
        try:
            return subprocess.Popen(
                [*command.argv, *options, *arguments],
                env=_environment(os.environ) | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                # A session of its own: Ctrl-C in the terminal is for the harness, which then ends it.
                start_new_session=True,
                # Safe with threads: all it does is one system call through a function found before the fork.
                preexec_fn=die_with_parent(),  # noqa: PLW1509
            )
        except OSError as error:
            raise StackError(f"{command.argv[0]} could not be started: {error}", "see `harness doctor`") from error


def _environment(own: Mapping[str, str]) -> dict[str, str]:
    """The person's, but for what would make it another project, or another daemon than the harness's own client has."""
    kept = {name: value for name, value in own.items() if not name.startswith("COMPOSE_") and name != "DOCKER_CONTEXT"}
    return kept | {"DOCKER_HOST": endpoint(own)}


async def _ended(process: "subprocess.Popen[bytes]", reading: "asyncio.Future[tuple[bytes, bytes]]") -> None:
    """Ends a command that was given up: asked first, since what it has begun it can then break off in order."""
    if not reading.done():
        _signal(process, signal.SIGTERM)
        with suppress(TimeoutError):
            async with asyncio.timeout(TIME_TO_END_S):
                await asyncio.shield(reading)
    if not reading.done():
        _signal(process, signal.SIGKILL)
    await reading


def _signal(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    # The whole group: `docker compose` has the plugin as its child.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
