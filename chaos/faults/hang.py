"""hang: the connections of a hop stay open, and nothing passes any more, in either direction. Heal lets it by."""

from typing import ClassVar

from chaos import questions
from chaos.by_proxy import ProxyFault
from harness.stack import Hop, Proxied

NO_ANSWER_S = 0.15
"""Without the fault there is one within a few milliseconds."""


class Hang(ProxyFault, tag="hang", frozen=True):
    """New connections are accepted, and as silent. What is sent meanwhile arrives when it is over."""

    streams: ClassVar[tuple[str, ...]] = ("upstream", "downstream")

    def describe(self) -> str:
        return f"hang {self.target}"

    def harm(self) -> tuple[str, dict[str, int]]:
        # 0 is for ever.
        return "timeout", {"timeout": 0}

    async def effect(self, stack: Proxied) -> str | None:
        answer = await questions.short(stack, self.hop, NO_ANSWER_S)
        return f"had no answer in {NO_ANSWER_S * 1000:g} ms" if answer.how is questions.How.SILENT else None


EXAMPLE = Hang(Hop.APP_CACHE)
"""What the contract test of all faults tries."""
