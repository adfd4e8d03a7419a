"""Child processes that cannot outlive the harness."""

import asyncio
import contextlib
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import msgspec
import psutil

from harness.clock import now
from harness.errors import StackError
from harness.lifeline import die_with_parent, watch_exit

MARK = "HARNESS_STACK"
"""In the environment of every process of a stack: by it a dead harness's processes are found again."""

RUN_MARK = "HARNESS_RUN"
"""Beside it the run's folder, for a person who wonders what a process belongs to."""

UNPRIVILEGED = "nobody"
"""Who runs the servers that refuse to run as root."""

TAIL_LINES = 8
FREEZE_PATIENCE_S = 2.0
PYTHON = sys.executable


class ChildSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One server's process: how it starts, how it stops, what it is told when the harness dies.

    `stop_signal` is for when the whole stack stops, `drain_signal` for when this server alone is asked to end and may
    finish what it does. `unprivileged` servers refuse to run as root and are started as `nobody` there.
    """

    name: str
    role: str
    argv: tuple[str, ...]
    environment: dict[str, str] = {}
    unprivileged: bool = False
    stop_signal: signal.Signals = signal.SIGTERM
    drain_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL


@cache
def unprivileged_ids() -> tuple[int, int] | None:
    """The user and group for servers that refuse root; None when the harness is not root itself."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam(UNPRIVILEGED)
    return nobody.pw_uid, nobody.pw_gid


def as_unprivileged() -> dict[str, object]:
    """Arguments for subprocess that drop root, none where there is none to drop."""
    ids = unprivileged_ids()
    return {"user": ids[0], "group": ids[1], "extra_groups": []} if ids else {}


class Child:
    """One process of the stack. Must be started from a thread that lives as long as the harness (the main one):
    the kernel sends the death signal when the starting *thread* ends."""

    def __init__(
        self, spec: ChildSpec, stack_id: str, log: Path, on_exit: Callable[["Child", str, bool], None]
    ) -> None:
        self.spec = spec
        self._stack_id = stack_id
        self._log = log
        self._on_exit = on_exit
        self._process: subprocess.Popen[bytes] | None = None
        self._exited = asyncio.Event()
        self._exited.set()
        self._asked_to_end = False
        self._frozen: list[psutil.Process] = []

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and not self._exited.is_set() else None

    @property
    def alive(self) -> bool:
        return self.pid is not None

    @property
    def is_ending(self) -> bool:
        """Whether it was told to end, and has not yet."""
        return self.alive and self._asked_to_end

    def start(self) -> None:
        """Returns when the program runs; its readiness is for the caller to probe."""
        assert not self.alive
        # Never the harness's own PGHOST, LANG or PYTHONPATH: only what the server needs.
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        environment |= {MARK: self._stack_id, RUN_MARK: str(self._log.parent.parent)}
        self._asked_to_end = False
        with self._log.open("ab") as log:
            try:
                self._process = subprocess.Popen(
                    self.spec.argv,
                    env=environment | self.spec.environment,
                    cwd="/",
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    # Safe with threads: all it does is one system call through a function found before the fork.
                    preexec_fn=die_with_parent(self.spec.death_signal),  # noqa: PLW1509
                    **(as_unprivileged() if self.spec.unprivileged else {}),  # type: ignore[call-overload]
                )
            except OSError as error:
                raise StackError(f"{self.spec.name} could not be started: {error}", "see `harness doctor`") from error
        self._exited.clear()
        watch_exit(self._process, self._ended)

    def _ended(self, code: int) -> None:
        self._exited.set()
        self._on_exit(self, _exit_text(code), self._asked_to_end)

    async def wait(self) -> None:
        """Returns when the process has ended and was reaped."""
        await self._exited.wait()

    async def kill(self) -> int:
        """SIGKILL; returns when the process is dead, and says when that was sent (ns)."""
        at = self._signal(signal.SIGKILL)
        # Other processes of the same server end when they find it dead, which they cannot while they are frozen.
        self.thaw()
        await self.wait()
        return at

    async def stop(self, patience_s: float = 8.0) -> int:
        """Asks first; what has not ended after `patience_s` is killed. Says when it was asked (ns)."""
        return await self._end(self.spec.stop_signal, patience_s)

    async def drain(self, patience_s: float) -> int:
        """As `stop`, but the server may finish what it does."""
        return await self._end(self.spec.drain_signal, patience_s)

    async def _end(self, number: signal.Signals, patience_s: float) -> int:
        at = self._signal(number)
        # After the signal, so that it is the first thing that it meets.
        self.thaw()
        try:
            async with asyncio.timeout(patience_s):
                await self.wait()
        except TimeoutError:
            await self.kill()
        return at

    def _signal(self, number: signal.Signals) -> int:
        at = now()
        if self._process is not None and self.alive:
            self._asked_to_end = True
            self._process.send_signal(number)
        return at

    async def freeze(self) -> int:
        """SIGSTOP to the process and all that it has started. Says when that began (ns), and returns when none runs."""
        pid = self.pid
        if pid is None:
            return now()
        at = now()
        try:
            async with asyncio.timeout(FREEZE_PATIENCE_S):
                # The first one before the others: frozen, it starts no more of them.
                while running := [process for process in _family(pid) if not _is_frozen(process)]:
                    self._frozen += [process for process in running if process not in self._frozen]
                    for process in running:
                        with contextlib.suppress(psutil.NoSuchProcess):
                            process.suspend()
                    await asyncio.sleep(0.005)
        except TimeoutError:
            raise StackError(f"{self.spec.name} still runs after SIGSTOP", "look at what it waits for") from None
        return at

    def thaw(self) -> None:
        """SIGCONT to all that is frozen."""
        for process in self._frozen:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()
        self._frozen = []

    def tail(self) -> str:
        """The last lines of the log, for an error message."""
        try:
            lines = self._log.read_text(errors="replace").splitlines()
        except OSError:
            return ""
        return "\n".join(lines[-TAIL_LINES:])

    async def until(self, ready: Callable[[], Awaitable[bool]], patience_s: float, what: str) -> None:
        """Polls an async `ready` every 10 ms. Raises StackError, with the log's last lines, when the process ends
        or the patience does."""
        try:
            async with asyncio.timeout(patience_s):
                while not await ready():
                    if not self.alive:
                        raise StackError(f"{self.spec.name} ended while starting", f"its last words:\n{self.tail()}")
                    await asyncio.sleep(0.01)
        except TimeoutError:
            text = f"{self.spec.name} was not {what} after {patience_s:g} s"
            raise StackError(text, f"its last words:\n{self.tail()}") from None


def _family(pid: int) -> list[psutil.Process]:
    """A process and its descendants, itself first; none when it is gone."""
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _is_frozen(process: psutil.Process) -> bool:
    try:
        return process.status() in (psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def _exit_text(code: int) -> str:
    return f"exit status {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"


def run_to_end(
    argv: Sequence[str],
    environment: Mapping[str, str],
    *,
    unprivileged: bool = False,
    patience_s: float = 60.0,
) -> str:
    """Runs a helper program (initdb, a migration) to its end; returns what it printed. Raises StackError."""
    try:
        done = subprocess.run(
            argv,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", **environment},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=patience_s,
            preexec_fn=die_with_parent(signal.SIGKILL),
            check=False,
            **(as_unprivileged() if unprivileged else {}),  # type: ignore[call-overload]
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StackError(f"{Path(argv[0]).name} could not be run: {error}", "see `harness doctor`") from error
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-TAIL_LINES:])
        raise StackError(f"{Path(argv[0]).name} failed ({_exit_text(done.returncode)})", f"its last words:\n{tail}")
    return str(done.stdout)
