"""How often one client may ask: so many requests in any window of a minute, counted across all instances.

Redis keeps, per client and limit, the times of the requests that were let through in the last minute, at most as
many as are allowed. When there are fewer, the next one passes. That is exact in every minute, where windows by
the clock let twice the limit through around their border; it costs a kilobyte for each client of the last minute,
and one command that travels with all others of the request. (The `limits` library knows the same algorithm, but its
storage asks Redis on a connection of its own, one round trip each.)

Who is over the limit stays so until a known moment, so this instance refuses without asking Redis again: a flood
costs Redis nothing.

While Redis is out of reach each instance counts for itself, by the same rule. A lost cache then neither locks
everybody out nor opens the door: what passes is at most the limit times the number of instances.
"""

from __future__ import annotations

import ipaddress
from asyncio import Future
from collections import OrderedDict, deque
from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import ceil
from time import monotonic
from typing import Final, Literal, TypeVar

from msgspec import Struct

from target.cache import Cache
from target.errors import Problem
from target.redis.pipeline import Reply
from target.variables import Rate

T = TypeVar("T")
Limit = Literal["default", "upload"]
"""The rate limits that there are, by name."""

# Clients that are remembered here, refused or counted. Beyond it the longest unseen are forgotten.
_CLIENTS = 10_000

# Redis's own clock, for those of the instances differ. The list never gets longer than the limit, so taking
# away any entry that is over decides rightly; the bound keeps one call short whatever the limit is.
_COUNT: Final = b"""
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local oldest = redis.call('LINDEX', KEYS[1], 0)
for _ = 1, 128 do
  if not oldest or oldest + window > now then break end
  redis.call('LPOP', KEYS[1])
  oldest = redis.call('LINDEX', KEYS[1], 0)
end
local used = redis.call('LLEN', KEYS[1])
if used >= limit then return {-1, oldest + window - now} end
redis.call('RPUSH', KEYS[1], now)
redis.call('PEXPIRE', KEYS[1], window)
return {limit - used - 1, (oldest or now) + window - now}
"""


class Quota(Struct, frozen=True):
    """What a client has left of a limit: `remaining` requests now, one more in `reset` seconds."""

    limit: int
    remaining: int
    reset: int

    def headers(self) -> list[tuple[bytes, bytes]]:
        """For every answer (draft-ietf-httpapi-ratelimit-headers)."""
        return [
            (b"ratelimit-limit", b"%d" % self.limit),
            (b"ratelimit-remaining", b"%d" % self.remaining),
            (b"ratelimit-reset", b"%d" % self.reset),
        ]


class Count:
    """One request that is being counted; without a reply to come, one that is refused already."""

    __slots__ = ("_key", "_limits", "_rate", "_reply")

    def __init__(self, limits: RateLimits, key: str, rate: Rate, reply: Future[Reply] | None) -> None:
        self._limits = limits
        self._key = key
        self._rate = rate
        self._reply = reply

    async def quota(self) -> Quota:
        """What is left, or 429."""
        reply = None if self._reply is None else await self._reply
        return self._limits.conclude(self._key, self._rate, reply)


class RateLimits:
    """The limits of all clients. Exempt agents are parts of a User-Agent, in any case."""

    def __init__(self, cache: Cache, rates: Mapping[Limit, Rate], exempt_agents: Sequence[str] = ()) -> None:
        self._cache = cache
        self._rates = rates
        self._exempt_agents = [agent.lower() for agent in exempt_agents]
        self._refused_until: OrderedDict[str, float] = OrderedDict()
        self._passed: OrderedDict[str, deque[float]] = OrderedDict()

    def exempts(self, agent: str | None) -> bool:
        """Whether a client that calls itself so is not limited: its own word, so nobody is unless configured."""
        if not self._exempt_agents or agent is None:
            return False
        agent = agent.lower()
        return any(exempt in agent for exempt in self._exempt_agents)

    def count(self, limit: Limit, address: str) -> Count:
        """Count a request of this client now; what comes of it can be awaited later."""
        key = f"limit:{limit}:{_client(address)}"
        rate = self._rates[limit]
        if self._refused_until.get(key, 0.0) > monotonic():
            return Count(self, key, rate, None)
        return Count(self, key, rate, self._cache.send("EVAL", _COUNT, 1, key, rate.requests, rate.seconds * 1000))

    def conclude(self, key: str, rate: Rate, reply: Reply) -> Quota:
        """What Redis's reply means; None is for a client that is known to be over its limit."""
        if reply is None:
            raise _refusal(rate, self._refused_until.get(key, 0.0) - monotonic())
        if self._cache.failed(reply):
            remaining, seconds = self._count_here(key, rate)
        else:
            remaining, seconds = reply[0], reply[1] / 1000
        if remaining < 0:
            _remember(self._refused_until, key, monotonic() + seconds)
            raise _refusal(rate, seconds)
        return Quota(rate.requests, remaining, ceil(seconds))

    def _count_here(self, key: str, rate: Rate) -> tuple[int, float]:
        now = monotonic()
        passed = self._passed.get(key) or deque()
        _remember(self._passed, key, passed)
        while passed and passed[0] + rate.seconds <= now:
            passed.popleft()
        if len(passed) >= rate.requests:
            return -1, passed[0] + rate.seconds - now
        passed.append(now)
        return rate.requests - len(passed), passed[0] + rate.seconds - now


def _refusal(rate: Rate, seconds: float) -> Problem:
    wait = max(ceil(seconds), 1)
    headers = {name.decode(): value.decode() for name, value in Quota(rate.requests, 0, wait).headers()}
    detail = f"No more than {rate.requests} of these requests in {rate.seconds} s: try again in {wait} s."
    return Problem(429, detail, headers={"Retry-After": str(wait), **headers})


def _remember(known: OrderedDict[str, T], key: str, value: T) -> None:
    known[key] = value
    known.move_to_end(key)
    if len(known) > _CLIENTS:
        known.popitem(last=False)


@lru_cache(maxsize=_CLIENTS)
def _client(address: str) -> str:
    # A client of IPv6 has a whole network of addresses to itself: counted by address it would have no limit.
    if ":" not in address:
        return address
    try:
        found = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Network((found, 64), strict=False))
