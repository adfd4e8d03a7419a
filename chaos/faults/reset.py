"""reset: the connections of a hop are reset, those that are open and each new one. Heal lets them live."""

from chaos import questions
from chaos.by_proxy import ProxyFault
from harness.stack import Hop, Proxied

PATIENCE_S = 1.0


class Reset(ProxyFault, tag="reset", frozen=True):
    """As by a firewall that has forgotten them, or a server whose machine came back without them."""

    def describe(self) -> str:
        return f"reset {self.target}"

    def harm(self) -> tuple[str, dict[str, int]]:
        return "reset_peer", {"timeout": 0}

    async def effect(self, stack: Proxied) -> str | None:
        answer = await questions.short(stack, self.hop, PATIENCE_S)
        return "was reset" if answer.how in (questions.How.RESET, questions.How.CLOSED) else None


EXAMPLE = Reset(Hop.APP_CACHE)
"""What the contract test of all faults tries."""
