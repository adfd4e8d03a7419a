"""Progress in plain lines, for logs and pipes: one line when something changes, a heartbeat in between."""

import time
from typing import TextIO

from harness.drill import Drill, Phase
from harness.finding import Verdict, VerdictDocument
from harness.progress.base import Live, Progress
from harness.progress.words import live_words, load_words, verdict_line

HEARTBEAT_S = 5.0


class PlainProgress(Progress):
    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._began = time.monotonic()
        self._last_beat = 0.0

    def _line(self, text: str) -> None:
        print(f"{time.monotonic() - self._began:7.1f} s  {text}", file=self._out, flush=True)

    def drill(self, drill: Drill, folder: str, position: str = "") -> None:
        self._began = time.monotonic()
        number = f" ({position})" if position else ""
        print(
            f"\n{drill.name or 'load'}{number}: {drill.title}. {load_words(drill)}",
            file=self._out,
            flush=True,
        )

    def say(self, text: str) -> None:
        self._line(text)

    def phase(self, phase: Phase, drill: Drill) -> None:
        self._last_beat = time.monotonic()
        self._line(f"{phase.name} for {phase.seconds:g} s")

    def harmed(self, what: str | None) -> None:
        if what:
            self._line(f"harm: {what}")

    def live(self, live: Live) -> None:
        if time.monotonic() - self._last_beat >= HEARTBEAT_S:
            self._last_beat = time.monotonic()
            self._line(live_words(live))

    def verdict(self, document: VerdictDocument, report: str) -> None:
        self._line(verdict_line(document))
        for finding in document.findings:
            if finding.verdict is not Verdict.PASS:
                what = " ".join(part for part in (finding.check, finding.threshold, finding.phase) if part)
                self._line(f"  {finding.verdict.value}: {what}: {finding.evidence}")
        self._line(f"report: {report}")
