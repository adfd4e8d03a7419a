"""hang: the connection stays open, and nothing passes. What waited goes on when the toxic is removed."""

from chaos.proxy.toxic import NEVER, Portion, Toxic, Waiting


class Hang(Toxic, frozen=True):
    def portion(self, waiting: Waiting) -> Portion:
        return Portion(waiting.size, NEVER)

    def end(self, waiting: Waiting) -> float:
        return NEVER


EXAMPLE = Hang()
"""What the contract test of all toxics tries."""
