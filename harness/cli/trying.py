"""Trials side by side, each in a process of its own: what one is busy with must not keep another waiting.

`python -m harness.cli.trying` is such a process: it takes orders, a JSON line each, and gives an answer to each.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from types import TracebackType
from typing import IO, Self

import msgspec

from harness.cli.answers import CleanAnswer, DefectAnswer
from harness.cli.kept import Kept
from harness.cli.options import EMBEDDED, drill_named, settings_here
from harness.cli.selftesting import Selftest, Trial, defects_named, tried, untried
from harness.cli.stacks import run_interruptibly
from harness.defect import Defect
from harness.drill import Drill
from harness.errors import ExitStatus, Interrupted
from harness.finding import Verdict
from harness.lifeline import die_with_parent
from harness.progress.base import Progress
from harness.stacks.together import together

COMMAND = (sys.executable, "-m", "harness.cli.trying")

Answer = DefectAnswer | CleanAnswer


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One trial, and the conditions it is made under. Without a defect it is of the clean target."""

    drill: str
    defect: str | None
    round: int
    stack: str
    scale: float
    seed: int

    def trial(self) -> tuple[Trial, Selftest]:
        defects: tuple[Defect, ...] = tuple(defects_named([self.defect])) if self.defect else ()
        test = Selftest(defects=defects, rounds=0, stack=self.stack, scale=self.scale, seed=self.seed, whole=False)
        return Trial(1, 1, drill_named(self.drill), defects[0] if defects else None, self.round), test


def ordered(trial: Trial, test: Selftest) -> Order:
    return Order(
        drill=trial.drill.name,
        defect=trial.defect.name if trial.defect else None,
        round=trial.round,
        stack=test.stack,
        scale=test.scale,
        seed=test.seed,
    )


async def side_by_side(test: Selftest, progress: Progress, kept: Kept, jobs: int) -> None:
    """So many trials with load at a time, and beside them one that only asks, which mostly waits. Not on Compose: there
    the start of its ten containers is what takes the processor.

    What is kept already is not tried again. Raises Interrupted.
    """
    # The longest first: else everybody waits for one of them in the end.
    waiting = sorted(untried(test, kept), key=lambda trial: -trial.drill.seconds)
    loading = [trial for trial in waiting if trial.drill.loads or trial.drill.heavy]
    asking = [trial for trial in waiting if trial not in loading]
    room = Room()

    async def work(*kinds: list[Trial]) -> None:
        async with Trier() as trier:
            while kind := next(filter(None, kinds), None):
                trial = next_of(kind, room.under_way)
                async with room.held_by(trial.drill):
                    progress.say(f"{trial.number} of {trial.of} begins: {trial.what}, in {trial.drill.name}")
                    answer = await trier.ask(trial, ordered(trial, test))
                kept.add(answer)
                progress.say(f"{trial.number} of {trial.of}: {answer.in_words}, {answer.seconds:.0f} s")

    try:
        beside = [work(asking)] if test.stack == EMBEDDED else []
        await together(*beside, *(work(loading, asking) for _ in range(jobs)))
    except asyncio.CancelledError:
        raise Interrupted("interrupted; what was tried by then counts") from None


class Room:
    """Where trials are made. A drill that is to be alone waits until the others have left, and nobody enters before it
    has.
    """

    def __init__(self) -> None:
        self.under_way: list[str] = []
        self._alone = asyncio.Lock()
        self._left = asyncio.Condition()

    @asynccontextmanager
    async def held_by(self, drill: Drill) -> AsyncIterator[None]:
        async with self._alone:
            if drill.alone:
                async with self._left:
                    await self._left.wait_for(lambda: not self.under_way)
                yield
                return
            self.under_way.append(drill.name)
        try:
            yield
        finally:
            self.under_way.remove(drill.name)
            async with self._left:
                self._left.notify_all()


def next_of(waiting: list[Trial], under_way: Collection[str]) -> Trial:
    """Taken out of those that wait: the first, but rather of another drill than is under way. Two of the same want the
    processor in the same seconds, and then measure each other.
    """
    position = next((at for at, trial in enumerate(waiting) if trial.drill.name not in under_way), 0)
    return waiting.pop(position)


class Trier:
    """The other end of such a process, which begins with the first order, and anew when it has ended by itself."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Interrupts it, when this is interrupted: it heals and stops what it has begun."""
        if self._process is None:
            return
        if kind is not None:
            self._process.send_signal(signal.SIGINT)
        self._close(self._process.stdin)
        await asyncio.to_thread(self._process.wait)
        self._close(self._process.stdout)

    async def ask(self, trial: Trial, order: Order) -> Answer:
        process = self._process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(msgspec.json.encode(order) + b"\n")
            process.stdin.flush()
        line = await asyncio.to_thread(process.stdout.readline)
        if line:
            answer: Answer = msgspec.json.decode(line, type=Answer)
            return answer
        self._process = None
        self._close(process.stdin)
        why = f"its process ended by itself (status {await asyncio.to_thread(process.wait)})"
        self._close(process.stdout)
        return _unanswered(trial, why)

    def _start(self) -> "subprocess.Popen[bytes]":
        # In a session of its own: whoever presses Ctrl-C interrupts this one, which then interrupts that one.
        return subprocess.Popen(
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509
        )

    @staticmethod
    def _close(end: IO[bytes] | None) -> None:
        with contextlib.suppress(BrokenPipeError):
            if end is not None:
                end.close()


def _unanswered(trial: Trial, why: str) -> Answer:
    if trial.defect is None:
        return CleanAnswer(drill=trial.drill.name, round=trial.round, verdict=Verdict.INCONCLUSIVE, why=why)
    return DefectAnswer(
        name=trial.defect.name,
        drill=trial.drill.name,
        must_be_caught_by=trial.defect.caught_by,
        inconclusive=True,
        why=why,
    )


def main() -> None:
    # Whatever else is printed must not be taken for an answer.
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0) as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        for line in sys.stdin.buffer:
            trial, test = msgspec.json.decode(line, type=Order).trial()
            answer = run_interruptibly(tried(trial, test, settings_here(), Progress()))
            answers.write(msgspec.json.encode(answer) + b"\n")


if __name__ == "__main__":
    try:
        main()
    except (Interrupted, KeyboardInterrupt):
        sys.exit(ExitStatus.INTERRUPTED)
