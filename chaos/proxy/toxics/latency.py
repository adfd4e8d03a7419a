"""latency: every byte arrives later, by `latency` ms, give or take up to `jitter` ms."""

from chaos.proxy.toxic import Milliseconds, Portion, Toxic, Waiting


class Latency(Toxic, frozen=True):
    latency: Milliseconds
    jitter: Milliseconds = 0

    def portion(self, waiting: Waiting) -> Portion:
        delay_ms = self.latency + waiting.draw.uniform(-self.jitter, self.jitter)
        # Order is kept: what waits first in line goes first, however late it drew.
        return Portion(waiting.size, waiting.arrived + delay_ms / 1000)

    def end(self, waiting: Waiting) -> float:
        return self.portion(waiting).due


EXAMPLE = Latency(latency=5000, jitter=500)
"""What the contract test of all toxics tries."""
