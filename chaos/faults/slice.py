"""slice: what a hop's server says arrives in small pieces, one after the other. Heal joins them again."""

from chaos import questions
from chaos.by_proxy import ProxyFault, answered_late
from harness.errors import UsageError
from harness.stack import Hop, Proxied

MOST_BYTES, MOST_US = 100_000, 1_000_000
SLICES = 20
"""Of an answer that is asked for to see it."""
SPARE_S = 2.0


class Slice(ProxyFault, tag="slice", frozen=True, kw_only=True):
    """`size` bytes at a time, and `delay_us` (µs) between one piece and the next."""

    size: int
    delay_us: int

    def check(self) -> None:
        if not 1 <= self.size <= MOST_BYTES:
            raise UsageError(f"what passes cannot be sliced into {self.size} bytes", f"use 1 to {MOST_BYTES:,}")
        if not 0 < self.delay_us <= MOST_US:
            raise UsageError(f"slices cannot be {self.delay_us} µs apart", f"use 1 to {MOST_US:,}")

    def describe(self) -> str:
        return f"slice {self.target} into {self.size:,} bytes, {self.delay_us:,} µs apart"

    def harm(self) -> tuple[str, dict[str, int]]:
        return "slicer", {"average_size": self.size, "size_variation": 0, "delay": self.delay_us}

    async def effect(self, stack: Proxied) -> str | None:
        takes_s = SLICES * self.delay_us / 1e6
        answer = await questions.long(stack, self.hop, SLICES * self.size, takes_s + SPARE_S)
        late = answered_late(answer, takes_s / 2)
        return f"had its answer in pieces, after {answer.seconds * 1000:.0f} ms" if late else None


EXAMPLE = Slice(Hop.APP_CACHE, size=50, delay_us=5_000)
"""What the contract test of all faults tries."""
