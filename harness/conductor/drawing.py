"""Reports drawn beside: a profile's next drill need not wait for the pictures of the one before it."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from harness.finding import VerdictDocument
from harness.lifeline import die_with_parent
from harness.run import Run

COMMAND = ("nice", "-n", "10", sys.executable, "-m", "reports")
"""Nice: it takes only what the stack and the load leave."""


class Drawing:
    """Draws the reports of one run after the other, in a process of its own that dies with the harness.

    `failed` says what could not be drawn, and why.
    """

    def __init__(self) -> None:
        self.failed: list[str] = []
        self._waiting: asyncio.Queue[Path | None] = asyncio.Queue()
        self._work: asyncio.Task[None] | None = None

    def show(self, run: Run, verdict: VerdictDocument, folder: Path) -> None:
        """Never waits. What it draws it reads from the folder, where both are written already."""
        self._waiting.put_nowait(folder)
        self._work = self._work or asyncio.create_task(self._draw())

    async def finished(self) -> None:
        """All that was to be shown is drawn, or is among `failed`. Nothing more can be shown."""
        self._waiting.put_nowait(None)
        if self._work is not None:
            await self._work

    async def _draw(self) -> None:
        process: subprocess.Popen[bytes] | None = None
        while folder := await self._waiting.get():
            process = process or _start()
            why = await asyncio.to_thread(_ask, process, folder)
            if process.poll() is not None:
                why, process = f"what draws them ended by itself (status {process.returncode})", None
            if why:
                self.failed.append(f"the reports of {folder} could not be drawn: {why}")
        if process is not None:
            await asyncio.to_thread(process.communicate)


def _start() -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=die_with_parent(),  # noqa: PLW1509
    )


def _ask(process: "subprocess.Popen[bytes]", folder: Path) -> str:
    """Why the folder's reports could not be drawn; empty when they are. Waits for a process that has ended."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(os.fsencode(folder) + b"\n")
        process.stdin.flush()
        answer = process.stdout.readline()
    except BrokenPipeError:
        answer = b""
    if not answer:
        process.communicate()
    return answer.decode().strip()
