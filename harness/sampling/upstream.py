"""What the external service counted, where it is the harness's own."""

import httpx
import msgspec

from harness.sampling.base import Reading, reading
from harness.upstream.counts import Totals

COUNTED = {
    "calls": "calls_total",
    "failed": "failed_total",
    "effects": "effects_total",
    "keyless": "keyless_total",
    "keys": "keys_total",
    "most_tries": "most_tries",
    "repeated": "repeated_total",
    "pause_p25_s": "pause_p25_s",
    "pause_p50_s": "pause_p50_s",
    "pause_p75_s": "pause_p75_s",
}
"""By the service's own name, and what the recording calls it."""


class UpstreamMeter:
    """`keyless`: calls without an idempotency key; `repeated`: calls that are another's repetition, and no try of it;
    `pause_…`: quartiles of the time between one try and the next."""

    role = "upstream"
    subject = "upstream"
    interval_s = 0.5

    def __init__(self, host: str, port: int) -> None:
        self._client = httpx.AsyncClient(base_url=f"http://{host}:{port}", timeout=1, trust_env=False)

    async def read(self) -> Reading:
        """Nothing where the service is another's, which counts in its own way."""
        answer = await self._client.get("/totals")
        try:
            totals = msgspec.to_builtins(msgspec.json.decode(answer.content, type=Totals))
        except msgspec.DecodeError:
            return Reading([], [])
        values = {metric: totals[name] for name, metric in COUNTED.items() if totals[name] is not None}
        return reading(self.role, self.subject, values)

    async def close(self) -> None:
        await self._client.aclose()
