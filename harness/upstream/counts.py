"""Counts: what arrived at the external service, by path and by idempotency key."""

from collections import Counter

import msgspec

MOST_KEYS = 50_000
"""Older keys are forgotten beyond it: a long drill must not grow without end."""


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

    def arrived(self, path: str, key: str | None) -> None:
        self._calls[path] += 1
        if key is None:
            self._keyless[path] += 1
            return
        self._tries[key] = self._tries.pop(key, 0) + 1
        if len(self._tries) > MOST_KEYS:
            del self._tries[next(iter(self._tries))]

    def failed(self, path: str) -> None:
        self._failed[path] += 1

    def done(self, path: str, key: str | None) -> None:
        """Something was done for a call; again for the same key, it was done before."""
        if key is not None:
            if key in self._done:
                return
            self._done[key] = None
            if len(self._done) > MOST_KEYS:
                del self._done[next(iter(self._done))]
        self._effects[path] += 1

    def stats(self) -> Stats:
        return Stats(
            calls=dict(self._calls),
            failed=dict(self._failed),
            effects=dict(self._effects),
            keyless=dict(self._keyless),
            tries=dict(self._tries),
        )
