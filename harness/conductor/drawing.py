"""Reports drawn beside: a profile's next drill need not wait for the pictures of the one before it."""

import asyncio
import subprocess
import sys
from collections import deque
from pathlib import Path

from harness.finding import VerdictDocument
from harness.lifeline import die_with_parent, watch_exit
from harness.run import Run

COMMAND = ("nice", "-n", "10", sys.executable, "-m", "reports")
"""Nice: it takes only what the stack and the load leave."""


class Drawing:
    """Draws the reports of one run after the other, each by a process of its own that dies with the harness.

    `failed` says what could not be drawn, and why.
    """

    def __init__(self) -> None:
        self.failed: list[str] = []
        self._waiting: deque[Path] = deque()
        self._all_drawn = asyncio.Event()
        self._all_drawn.set()

    def show(self, run: Run, verdict: VerdictDocument, folder: Path) -> None:
        """Never waits. What it draws it reads from the folder, where both are written already."""
        self._waiting.append(folder)
        if self._all_drawn.is_set():
            self._all_drawn.clear()
            self._next()

    async def finished(self) -> None:
        """All that was to be shown is drawn, or is among `failed`."""
        await self._all_drawn.wait()

    def _next(self) -> None:
        if not self._waiting:
            self._all_drawn.set()
            return
        folder = self._waiting.popleft()
        process = subprocess.Popen(
            [*COMMAND, str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=die_with_parent(),  # noqa: PLW1509
        )
        watch_exit(process, lambda code: self._ended(folder, code, process))

    def _ended(self, folder: Path, code: int, process: "subprocess.Popen[bytes]") -> None:
        assert process.stderr is not None
        with process.stderr as said:
            lines = said.read().decode(errors="replace").strip().splitlines()
        if code:
            why = lines[-1] if lines else f"status {code}"
            self.failed.append(f"the reports of {folder} could not be drawn: {why}")
        self._next()
