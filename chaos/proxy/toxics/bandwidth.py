"""bandwidth: at most `rate` KB (of 1,000 bytes) a second pass."""

from typing import Annotated

import msgspec

from chaos.proxy.toxic import Portion, Toxic, Waiting

PORTION_MS = 10
"""What passes at once: little enough to look like a slow line, and not like one that stutters."""


class Bandwidth(Toxic, frozen=True):
    rate: Annotated[int, msgspec.Meta(ge=1, le=10_000_000)]

    def portion(self, waiting: Waiting) -> Portion:
        size = min(waiting.size, self.rate * PORTION_MS)
        seconds = size / (self.rate * 1000)
        return Portion(size, max(waiting.last, waiting.arrived) + seconds)


EXAMPLE = Bandwidth(rate=2)
"""What the contract test of all toxics tries."""
