"""slow: what a hop's server says arrives later. Heal takes the delay away."""

from chaos import questions
from chaos.by_proxy import ProxyFault, answered_late
from harness.errors import UsageError
from harness.stack import Hop, Proxied

MOST_MS = 60_000
SPARE_S = 1.0


class Slow(ProxyFault, tag="slow", frozen=True, kw_only=True):
    """Each answer is `latency_ms` late, up to `jitter_ms` more or less."""

    latency_ms: int
    jitter_ms: int = 0

    def check(self) -> None:
        if not 0 < self.latency_ms <= MOST_MS:
            raise UsageError(f"a hop cannot be slowed down by {self.latency_ms} ms", f"use 1 to {MOST_MS}")
        if not 0 <= self.jitter_ms < self.latency_ms:
            raise UsageError(
                f"{self.jitter_ms} ms of jitter cannot be had on {self.latency_ms} ms", "use less than the latency"
            )

    def describe(self) -> str:
        jitter = f" ± {self.jitter_ms}" if self.jitter_ms else ""
        return f"slow {self.target} down by {self.latency_ms}{jitter} ms"

    def harm(self) -> tuple[str, dict[str, int]]:
        return "latency", {"latency": self.latency_ms, "jitter": self.jitter_ms}

    async def effect(self, stack: Proxied) -> str | None:
        most_s = (self.latency_ms + self.jitter_ms) / 1000 + SPARE_S
        answer = await questions.short(stack, self.hop, most_s)
        late = answered_late(answer, (self.latency_ms - self.jitter_ms) / 1000)
        return f"was answered after {answer.seconds * 1000:.0f} ms" if late else None


EXAMPLE = Slow(Hop.APP_CACHE, latency_ms=200, jitter_ms=20)
"""What the contract test of all faults tries."""
