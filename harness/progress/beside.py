"""Progress of one drill beside others: what it is and what came of it, each with its name."""

from harness.drill import Drill
from harness.finding import VerdictDocument
from harness.progress.base import Progress


class BesideProgress(Progress):
    """Of what happens meanwhile, nothing: lines of several at once could not be told apart."""

    def __init__(self, inner: Progress) -> None:
        self._inner = inner
        self._name = ""

    def drill(self, drill: Drill, folder: str, position: str = "") -> None:
        self._name = drill.name
        self._inner.say(f"{drill.name} ({position}) begins: {drill.title}")

    def say(self, text: str) -> None: ...

    def verdict(self, document: VerdictDocument, report: str) -> None:
        self._inner.say(f"{self._name} has ended")
        self._inner.verdict(document, report)
