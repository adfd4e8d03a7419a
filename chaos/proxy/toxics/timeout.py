"""timeout: nothing passes, and the connection is closed after `timeout` ms; with 0 it stays and hangs."""

from chaos.proxy.toxic import NEVER, Ending, Fate, Milliseconds, Portion, Toxic, Waiting


class Timeout(Toxic, frozen=True):
    timeout: Milliseconds

    def portion(self, waiting: Waiting) -> Portion:
        return Portion(waiting.size, NEVER)

    def end(self, waiting: Waiting) -> float:
        return NEVER

    def fate(self) -> Fate | None:
        return Fate(self.timeout / 1000, Ending.CLOSE) if self.timeout else None


EXAMPLE = Timeout(timeout=60_000)
"""What the contract test of all toxics tries."""
