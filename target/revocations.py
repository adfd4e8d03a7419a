"""Tokens that must not be accepted any more, though they are signed and have not expired.

Each is a key in Redis that lives as long as the token would have. Access tokens are signed statements, so a
revocation is a refinement: while Redis is out of reach, tokens count as not revoked, save those that this very
instance revoked. The other choice would log everybody out whenever the cache is lost.

What this instance revoked it also remembers, and writes again before it trusts a Redis that was out of reach or
came back empty.
"""

from __future__ import annotations

import time
from asyncio import Future
from collections import OrderedDict
from collections.abc import Iterable

from target.cache import Cache, RedisSpan
from target.redis.address import Command
from target.redis.pipeline import Reply

# Beyond this the oldest are left to Redis alone; at two hundred bytes each, this is two megabytes.
_REMEMBERED = 10_000
_REVOKE = RedisSpan("revoke")


class Revocations:
    """Ids of tokens, or of families of tokens."""

    def __init__(self, cache: Cache, remembered: int = _REMEMBERED) -> None:
        self._cache = cache
        self._remembered = remembered
        self._until: OrderedDict[str, float] = OrderedDict()
        cache.make_up_with(self._all)

    async def revoke(self, token_id: str, seconds: int) -> None:
        """From the return of this call on, no instance that reaches Redis accepts it, for so many seconds.

        When Redis is out of reach: this instance at once, the others as soon as Redis is back.
        """
        seconds = max(seconds, 1)
        self._until[token_id] = time.time() + seconds
        self._until.move_to_end(token_id)
        while len(self._until) > self._remembered:
            self._until.popitem(last=False)
        span = _REVOKE.begin()
        try:
            reply = await self._cache.send("SET", _key(token_id), 1, "EX", seconds)
        finally:
            span.end()
        if self._cache.failed(reply):
            self._cache.owe()

    def look_up(self, *token_ids: str) -> Future[Reply]:
        """Ask Redis now; `holds` judges the reply."""
        return self._cache.send("EXISTS", *map(_key, token_ids))

    def holds(self, reply: Reply, *token_ids: str) -> bool:
        """Whether any of them is revoked, as far as can be known."""
        if not self._cache.failed(reply) and reply > 0:
            return True
        return bool(self._until) and any(self._until.get(token_id, 0.0) > time.time() for token_id in token_ids)

    def _all(self) -> Iterable[Command]:
        now = time.time()
        for token_id, until in self._until.items():
            if until > now:
                yield ("SET", _key(token_id), 1, "EX", int(until - now) + 1)


def _key(token_id: str) -> str:
    return f"revoked:{token_id}"
