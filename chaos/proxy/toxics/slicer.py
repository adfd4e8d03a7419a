"""slicer: bytes go on in slices of `average_size`, give or take `size_variation`, each `delay` µs after the last."""

from typing import Annotated

import msgspec

from chaos.proxy.toxic import MOST_MS, Portion, Toxic, Waiting


class Slicer(Toxic, frozen=True):
    average_size: Annotated[int, msgspec.Meta(ge=1, le=2**20)]
    size_variation: Annotated[int, msgspec.Meta(ge=0)] = 0
    delay: Annotated[int, msgspec.Meta(ge=0, le=MOST_MS * 1000)] = 0

    def __post_init__(self) -> None:
        if self.size_variation >= self.average_size:
            raise ValueError(f"size_variation {self.size_variation} must be less than average_size {self.average_size}")

    def portion(self, waiting: Waiting) -> Portion:
        size = self.average_size + waiting.draw.randint(-self.size_variation, self.size_variation)
        return Portion(min(size, waiting.size), max(waiting.last, waiting.arrived) + self.delay / 1_000_000)


EXAMPLE = Slicer(average_size=100, size_variation=50, delay=50_000)
"""What the contract test of all toxics tries."""
