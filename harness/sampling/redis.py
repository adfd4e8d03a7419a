"""Redis INFO."""

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from harness.sampling.base import Reading, reading

METRICS = {
    "used_memory": "memory_bytes",
    "connected_clients": "clients",
    "instantaneous_ops_per_sec": "ops_per_s",
    "keyspace_hits": "hits_total",
    "keyspace_misses": "misses_total",
    "evicted_keys": "evicted_total",
}


class RedisMeter:
    role = "cache"
    subject = "cache"
    interval_s = 0.5

    def __init__(self, url: str) -> None:
        self._client = Redis.from_url(
            url,
            socket_timeout=1,
            socket_connect_timeout=1,
            retry=Retry(NoBackoff(), 0),
            single_connection_client=False,
        )

    async def read(self) -> Reading:
        info = await self._client.info()
        return reading(self.role, self.subject, {metric: float(info[key]) for key, metric in METRICS.items()})

    async def close(self) -> None:
        await self._client.aclose()
