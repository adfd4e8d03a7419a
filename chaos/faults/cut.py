"""cut: the connections of a hop are closed in the middle of what the server says. Heal lets it finish."""

from chaos import questions
from chaos.by_proxy import ProxyFault
from harness.errors import UsageError
from harness.stack import Hop, Proxied

MOST_BYTES = 1_000_000
PATIENCE_S = 2.0


class Cut(ProxyFault, tag="cut", frozen=True, kw_only=True):
    """Each connection is closed once `after_bytes` have come from the server, counted from the fault or from its own
    beginning, whichever is later.
    """

    after_bytes: int

    def check(self) -> None:
        if not 0 <= self.after_bytes <= MOST_BYTES:
            text = f"a connection cannot be cut after {self.after_bytes} bytes"
            raise UsageError(text, f"use 0 to {MOST_BYTES:,}")

    def describe(self) -> str:
        return f"cut {self.target} after {self.after_bytes:,} bytes"

    def harm(self) -> tuple[str, dict[str, int]]:
        return "limit_data", {"bytes": self.after_bytes}

    async def effect(self, stack: Proxied) -> str | None:
        answer = await questions.long(stack, self.hop, self.after_bytes + 100, PATIENCE_S)
        return "was cut off" if answer.how in (questions.How.CLOSED, questions.How.RESET) else None


EXAMPLE = Cut(Hop.APP_CACHE, after_bytes=500)
"""What the contract test of all faults tries."""
