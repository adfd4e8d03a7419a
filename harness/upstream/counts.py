"""Counts: what arrived at the external service, by path and by idempotency key."""

from collections import Counter, deque
from time import monotonic
from typing import TypeVar

import msgspec

T = TypeVar("T")

MOST_KEYS = 50_000
"""Older keys are forgotten beyond it: a long drill must not grow without end."""

PAUSES = 1000
"""Of the last so many pauses the figures are taken."""


class Stats(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of GET /stats.

    `calls` are requests as they arrived, tries each; `failed` those that were made to fail; `effects` how often
    something was done, which a key allows once. `tries` is how many requests carried each key, and `keyless` how
    many carried none.
    """

    calls: dict[str, int]
    failed: dict[str, int]
    effects: dict[str, int]
    keyless: dict[str, int]
    tries: dict[str, int]


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of GET /totals: the same over all paths, short enough to be asked for again and again.

    `keys` is how many keys came, and `most_tries` how often the one that came most. `repeated` are calls whose body
    had come before, and not as a further try: without a key, or with another one. The three about pauses, between a
    try and the next of one key, are null until there was one: their quartiles.
    """

    calls: int
    failed: int
    effects: int
    keyless: int
    keys: int
    most_tries: int
    repeated: int
    pause_p25_s: float | None
    pause_p50_s: float | None
    pause_p75_s: float | None


class Counts:
    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self._calls: Counter[str] = Counter()
        self._failed: Counter[str] = Counter()
        self._effects: Counter[str] = Counter()
        self._keyless: Counter[str] = Counter()
        self._tries: dict[str, int] = {}
        self._done: dict[str, None] = {}
        self._last: dict[str, float] = {}
        self._pauses: deque[float] = deque(maxlen=PAUSES)
        self._keys: dict[str, str | None] = {}
        self._count = self._most_tries = self._repeated = 0

    def arrived(self, path: str, key: str | None) -> None:
        self._calls[path] += 1
        if key is None:
            self._keyless[path] += 1
            return
        tries = self._tries.pop(key, 0) + 1
        self._tries[key] = tries
        self._count += tries == 1
        self._most_tries = max(self._most_tries, tries)
        now = monotonic()
        if (before := self._last.pop(key, None)) is not None:
            self._pauses.append(now - before)
        self._last[key] = now
        _forget_the_oldest(self._tries)
        _forget_the_oldest(self._last)

    def said(self, digest: str, key: str | None) -> None:
        """What a call asks: whoever asks the same again says by its key that it is the same call."""
        if digest in self._keys:
            self._repeated += key is None or self._keys[digest] != key
            return
        self._keys[digest] = key
        _forget_the_oldest(self._keys)

    def failed(self, path: str) -> None:
        self._failed[path] += 1

    def done(self, path: str, key: str | None) -> None:
        """Something was done for a call; again for the same key, it was done before."""
        if key is not None:
            if key in self._done:
                return
            self._done[key] = None
            _forget_the_oldest(self._done)
        self._effects[path] += 1

    def stats(self) -> Stats:
        return Stats(
            calls=dict(self._calls),
            failed=dict(self._failed),
            effects=dict(self._effects),
            keyless=dict(self._keyless),
            tries=dict(self._tries),
        )

    def totals(self) -> Totals:
        pauses = sorted(self._pauses)
        p25, p50, p75 = (pauses[int(q * len(pauses))] if pauses else None for q in (0.25, 0.5, 0.75))
        return Totals(
            calls=self._calls.total(),
            failed=self._failed.total(),
            effects=self._effects.total(),
            keyless=self._keyless.total(),
            keys=self._count,
            most_tries=self._most_tries,
            repeated=self._repeated,
            pause_p25_s=p25,
            pause_p50_s=p50,
            pause_p75_s=p75,
        )


def _forget_the_oldest(keys: dict[str, T]) -> None:
    if len(keys) > MOST_KEYS:
        del keys[next(iter(keys))]
