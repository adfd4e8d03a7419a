"""slow_close: the end of the bytes goes on only after `delay` ms."""

from chaos.proxy.toxic import Milliseconds, Toxic, Waiting


class SlowClose(Toxic, frozen=True):
    delay: Milliseconds

    def end(self, waiting: Waiting) -> float:
        return waiting.arrived + self.delay / 1000


EXAMPLE = SlowClose(delay=5000)
"""What the contract test of all toxics tries."""
