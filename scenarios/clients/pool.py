"""The pool of clients: each arrival is handed to one that is free, or to a new one when none is.

A client is a Locust user like any other. Where it would wait for its wait_time between two tasks it waits for an
arrival instead, so that each arrival is one task, in whatever order the user's own task sets say.
"""

from collections import deque
from collections.abc import Callable
from time import monotonic_ns
from typing import Any

from gevent import getcurrent
from gevent.event import AsyncResult
from locust import User


class ClientPool:
    """`grow` makes one more client; at most `limit` exist. What they could not take is counted in `not_started`.

    `arrivals`, `late`, `not_started` and `lag_max` (ns) are since somebody last reset them.
    """

    def __init__(self, grow: Callable[[], None], limit: int, late_ns: int) -> None:
        self._grow = grow
        self._limit = limit
        self._late_ns = late_ns
        self._free: deque[AsyncResult[int]] = deque()
        self._due: deque[int] = deque()
        self.clients = 0
        self.coming = 0
        """Clients that exist but are still logging in."""
        self.arrivals = self.late = self.not_started = self.lag_max = 0

    def add_client(self) -> None:
        self.clients += 1
        self.coming += 1
        self._grow()

    def arrive(self, intended: int) -> None:
        """An arrival is due now: `intended`, in nanoseconds, is when the schedule wanted it."""
        lag = monotonic_ns() - intended
        self.lag_max = max(self.lag_max, lag)
        self.late += lag > self._late_ns
        if self._free:
            self.arrivals += 1
            # The one that has been free the longest: no connection idles until the server closes it.
            self._free.popleft().set(intended)
        elif self.coming > len(self._due) or self.clients < self._limit:
            self.arrivals += 1
            self._due.append(intended)
            if self.coming < len(self._due):
                self.add_client()
        else:
            self.not_started += 1

    def settled(self) -> None:
        """A client has logged in, or failed to."""
        self.coming -= 1

    def lost(self) -> None:
        """A client ended."""
        self.clients -= 1

    def next_arrival(self) -> None:
        """Called by a client between two tasks: returns when there is an arrival for it."""
        greenlet: Any = getcurrent()
        if self._due:
            greenlet.intended = self._due.popleft()
            return
        turn: AsyncResult[int] = AsyncResult()
        self._free.append(turn)
        greenlet.intended = turn.get()

    def give_up_waiting(self) -> list[int]:
        """The arrivals (ns) that are due and that no client ever took: each was let down."""
        left = list(self._due)
        self._due.clear()
        return left

    @property
    def busy(self) -> int:
        """Arrivals that a client is at work on, or that still wait for one."""
        return self.clients - self.coming - len(self._free) + len(self._due)


def arriving(user_class: type[User], pool: ClientPool) -> type[User]:
    """The same user, whose every task waits for an arrival of the pool."""

    class Arriving(user_class):  # type: ignore[misc, valid-type]
        def on_start(self) -> None:
            greenlet: Any = getcurrent()
            greenlet.client = f"{user_class.__name__}-{pool.clients}"
            greenlet.link(lambda _: pool.lost())
            try:
                super().on_start()
            finally:
                pool.settled()
            pool.next_arrival()

        def wait_time(self) -> float:
            pool.next_arrival()
            return 0.0

    Arriving.__name__ = user_class.__name__
    Arriving.__qualname__ = user_class.__qualname__
    Arriving.__module__ = user_class.__module__
    return Arriving
