"""Circuit breaker: a service that fails is left alone for a while, and its callers are told so at once.

Kept libraries (pybreaker, aiobreaker, purgatory, circuitbreaker) open after so many failures in a row. What is
wanted is a share of the calls: a service that fails every second time never fails five times in a row.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import IntEnum
from time import monotonic

from target.observability.logs import log

WINDOW_S = 10.0
FEWEST_CALLS = 5


class State(IntEnum):
    """The values of the gauge `circuit_breaker_state`."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


class BreakerOpen(Exception):
    """No call is made now; one may be in `retry_after_s`."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"open for another {retry_after_s:.1f} s")
        self.retry_after_s = retry_after_s


class Breaker:
    """Opens when, of the calls of the last 10 s and at least 5 of them, `error_percent` or more failed.

    After `reset_s` it is half open: one call goes through, and decides. One object serves all requests of a
    process: each instance finds out for itself, and needs nobody for it.
    """

    def __init__(
        self,
        name: str,
        error_percent: float,
        reset_s: float,
        on_change: Callable[[State], None],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._name = name
        self._error_percent = error_percent
        self._reset_s = reset_s
        self._on_change = on_change
        self._clock = clock
        self._state = State.CLOSED
        self._opened_at = 0.0
        self._trying = False
        self._outcomes: deque[tuple[float, bool]] = deque()
        on_change(self._state)

    @property
    def state(self) -> State:
        return self._state

    def admit(self) -> Admission:
        """Leave to make one call. Raises BreakerOpen; else enter what is returned, and say how the call ended."""
        if self._state is State.OPEN and self._clock() - self._opened_at >= self._reset_s:
            self._become(State.HALF_OPEN)
        if self._state is State.OPEN:
            raise BreakerOpen(self._opened_at + self._reset_s - self._clock())
        if self._state is State.HALF_OPEN and self._trying:
            # How long the trial takes nobody knows; its time-out is shorter than a rest.
            raise BreakerOpen(1.0)
        self._trying = self._state is State.HALF_OPEN
        return Admission(self, is_trial=self._trying)

    def ended(self, is_trial: bool, succeeded: bool | None) -> None:
        """What became of an admitted call; None when its caller gave up, which says nothing about the service."""
        if is_trial:
            self._trying = False
            if succeeded is not None:
                self._outcomes.clear()
                self._become(State.CLOSED if succeeded else State.OPEN)
        elif succeeded is not None and self._state is State.CLOSED:
            self._outcomes.append((self._clock(), succeeded))
            self._judge()

    def _judge(self) -> None:
        while self._outcomes[0][0] < self._clock() - WINDOW_S:
            self._outcomes.popleft()
        failed = sum(not succeeded for _, succeeded in self._outcomes)
        if len(self._outcomes) >= FEWEST_CALLS and 100 * failed >= self._error_percent * len(self._outcomes):
            self._become(State.OPEN)

    def _become(self, state: State) -> None:
        if state is State.OPEN:
            self._opened_at = self._clock()
        before, self._state = self._state, state
        write = log.warning if state is State.OPEN else log.info
        write("circuit breaker", name=self._name, before=before.name.lower(), after=state.name.lower())
        self._on_change(state)


class Admission:
    """One admitted call, as a context: it failed when the body raises, and is not counted when it is cancelled."""

    def __init__(self, breaker: Breaker, is_trial: bool) -> None:
        self._breaker = breaker
        self.is_trial = is_trial

    def __enter__(self) -> Admission:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        gave_up = kind is not None and not issubclass(kind, Exception)
        self._breaker.ended(self.is_trial, None if gave_up else kind is None)
