"""Stage: a toxic at work on one direction of one connection. It keeps what waits, and passes it on when it is due."""

import asyncio
from collections import deque
from math import ceil
from time import monotonic
from typing import NamedTuple, Protocol

from chaos.proxy.applied import Applied
from chaos.proxy.toxic import NEVER, Ending, Portion, Waiting

AT_ONCE = 64
"""Portions in one go: thousands of tiny ones must not keep other connections, and the control, waiting."""


class Chunk(NamedTuple):
    data: memoryview
    arrived: float


class Line(Protocol):
    """Where a stage stands: what comes after it takes what it passes on."""

    def pass_on(self, after: "Stage", data: memoryview) -> None: ...
    def pass_end(self, after: "Stage", how: Ending) -> None: ...
    def meet(self, how: Ending) -> None: ...


class Stage:
    """It owns the bytes, the order and the timers, so that a toxic can lose, double or swap nothing."""

    def __init__(self, applied: Applied, connection: int, line: Line) -> None:
        draw = applied.meets(connection)
        assert draw is not None
        self._draw = draw
        self._loop = asyncio.get_running_loop()
        self._line = line
        self._waiting: deque[Chunk] = deque()
        self._end: tuple[Ending, float] | None = None
        self._passed = 0
        self._began = self._last = monotonic()
        self.closed = False
        self._portion: Portion | None = None
        self._end_due: float | None = None
        self._next: asyncio.Handle | None = None
        self._fate: asyncio.TimerHandle | None = None
        self.change(applied)

    @property
    def chunks(self) -> int:
        return len(self._waiting)

    def change(self, applied: Applied) -> None:
        """Other attributes, felt by what waits already too."""
        self.applied = applied
        self._portion = self._end_due = None
        if self._fate:
            self._fate.cancel()
        if fate := applied.attributes.fate():
            left_s = max(0.0, self._began + fate.after_s - monotonic())
            self._fate = self._loop.call_later(left_s, self._line.meet, fate.how)
        self._pump()

    def take(self, data: memoryview) -> None:
        if not self.closed:
            self._waiting.append(Chunk(data, monotonic()))
            self._pump()

    def take_end(self, how: Ending) -> None:
        """The end of the bytes; a reset takes the place of a FIN that still waits."""
        if not self.closed:
            self._end = (how, self._end[1] if self._end else monotonic())
            self._pump()

    def drop(self) -> None:
        """Nothing comes in or goes out any more, and the toxic's own time is no matter either."""
        self._shut()
        if self._fate:
            self._fate.cancel()

    def _shut(self) -> None:
        self.closed = True
        self._waiting.clear()
        self._end = None
        if self._next:
            self._next.cancel()

    def leave(self) -> tuple[list[memoryview], Ending | None]:
        """The toxic is gone: what waited, in its order, and the end of it."""
        left = [chunk.data for chunk in self._waiting], self._end[0] if self._end else None
        self.drop()
        return left

    def _pump(self) -> None:
        """Passes on what is due, and comes back for the rest."""
        if self._next:
            self._next.cancel()
            self._next = None
        for _ in range(AT_ONCE):
            if not self._waiting:
                break
            if self._portion is None:
                data, arrived = self._waiting[0]
                self._portion = self.applied.attributes.portion(self._look(len(data), arrived))
            if not self._is_due(self._portion.due):
                return
            self._pass_on(self._portion)
        if self._waiting:
            self._next = self._loop.call_soon(self._pump)
        elif self._end:
            how, arrived = self._end
            if self._end_due is None:
                self._end_due = self.applied.attributes.end(self._look(0, arrived))
            if self._is_due(self._end_due):
                self._finish(how)

    def _look(self, size: int, arrived: float) -> Waiting:
        return Waiting(size, arrived, self._last, self._passed, self._draw)

    def _is_due(self, due: float) -> bool:
        left_s = due - monotonic()
        if left_s <= 0:
            return True
        if due != NEVER:
            # The loop counts in milliseconds, and rounds: rather late by a part of one than round and round till then.
            self._next = self._loop.call_later(ceil(left_s * 1000) / 1000, self._pump)
        return False

    def _pass_on(self, portion: Portion) -> None:
        data, arrived = self._waiting.popleft()
        # One byte at least, or it would stand still for ever.
        size = min(max(portion.size, 0 if portion.then else 1), len(data))
        if size < len(data):
            self._waiting.appendleft(Chunk(data[size:], arrived))
        self._portion = None
        self._last = portion.due
        self._passed += size
        if size:
            self._line.pass_on(self, data[:size])
        if portion.then and not self.closed:
            self._finish(portion.then)

    def _finish(self, how: Ending) -> None:
        # The connection may live on in the other direction: how a toxic ends it stays.
        self._shut()
        self._line.pass_end(self, how)
