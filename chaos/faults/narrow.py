"""narrow: a hop lets only so many bytes by in a second. Heal takes the limit away."""

from chaos import questions
from chaos.by_proxy import ProxyFault, answered_late
from harness.errors import UsageError
from harness.stack import Hop, Proxied

LEAST, MOST = 1, 100_000
LOOK_S = 0.2
"""How long an answer takes that is asked for to see it."""
SPARE_S = 2.0


class Narrow(ProxyFault, tag="narrow", frozen=True, kw_only=True):
    """`kb_per_s` of 1,000 bytes, for each connection, of what the server says."""

    kb_per_s: int

    def check(self) -> None:
        if not LEAST <= self.kb_per_s <= MOST:
            text = f"a hop cannot be narrowed to {self.kb_per_s} KB/s"
            raise UsageError(text, f"use {LEAST} to {MOST:,}")

    def describe(self) -> str:
        return f"narrow {self.target} to {self.kb_per_s:,} KB/s"

    def harm(self) -> tuple[str, dict[str, int]]:
        return "bandwidth", {"rate": self.kb_per_s}

    async def effect(self, stack: Proxied) -> str | None:
        size = int(self.kb_per_s * 1000 * LOOK_S)
        answer = await questions.long(stack, self.hop, size, LOOK_S + SPARE_S)
        # The first read of a connection passes at once.
        late = answered_late(answer, LOOK_S / 2)
        return f"was answered with {size:,} bytes in {answer.seconds * 1000:.0f} ms" if late else None


EXAMPLE = Narrow(Hop.APP_CACHE, kb_per_s=20)
"""What the contract test of all faults tries."""
