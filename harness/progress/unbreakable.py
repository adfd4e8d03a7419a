"""Progress that cannot get in the way: a terminal that is gone, or a pipe that nobody reads, changes no drill."""

from collections.abc import Callable

from harness.drill import Drill, Phase
from harness.finding import VerdictDocument
from harness.progress.base import Live, Progress


class UnbreakableProgress(Progress):
    """Shows what `inner` shows, until that cannot be shown any more."""

    def __init__(self, inner: Progress) -> None:
        self._inner = inner
        self._broken = False

    def _try(self, show: Callable[[], None]) -> None:
        if not self._broken:
            try:
                show()
            except OSError:
                self._broken = True

    def drill(self, drill: Drill, folder: str, position: str = "") -> None:
        self._try(lambda: self._inner.drill(drill, folder, position))

    def say(self, text: str) -> None:
        self._try(lambda: self._inner.say(text))

    def phase(self, phase: Phase, drill: Drill) -> None:
        self._try(lambda: self._inner.phase(phase, drill))

    def live(self, live: Live) -> None:
        self._try(lambda: self._inner.live(live))

    def harmed(self, what: str | None) -> None:
        self._try(lambda: self._inner.harmed(what))

    def verdict(self, document: VerdictDocument, report: str) -> None:
        self._try(lambda: self._inner.verdict(document, report))

    def close(self) -> None:
        self._try(self._inner.close)
