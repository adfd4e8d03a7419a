"""What a test has left behind: what is there now and was not before."""

import time
from abc import ABC, abstractmethod

LOOK_EVERY_S = 0.02


class WhatIsLeft(ABC):
    """What was there when this was made does not count."""

    def __init__(self) -> None:
        self._before = self._now()

    def left(self) -> list[str]:
        return sorted(self._now() - self._before)

    def none_after(self, patience_s: float) -> None:
        """Raises AssertionError that lists what is still there."""
        deadline = time.monotonic() + patience_s
        while (left := self.left()) and time.monotonic() < deadline:
            time.sleep(LOOK_EVERY_S)
        assert not left, f"left behind after {patience_s:g} s: {left}"

    @abstractmethod
    def _now(self) -> set[str]:
        """All that there is, in words."""
