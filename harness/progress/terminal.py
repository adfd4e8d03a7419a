"""Progress on a terminal: what has happened scrolls by, what is going on stays in the last lines."""

import time

from rich.console import Console, Group
from rich.live import Live as LiveDisplay
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from harness.drill import Drill, Phase
from harness.finding import Verdict, VerdictDocument
from harness.progress.base import Live, Progress
from harness.progress.words import SYMBOLS, live_words, load_words, verdict_line

COLOURS = {Verdict.PASS: "green", Verdict.FAIL: "red", Verdict.INCONCLUSIVE: "yellow"}
REFRESH_PER_S = 8


class TerminalProgress(Progress):
    def __init__(self, console: Console) -> None:
        self._console = console
        self._display: LiveDisplay | None = None
        self._phase: Phase | None = None
        self._phase_began = 0.0
        self._drill: Drill | None = None
        self._rest_after = 0.0
        self._harm: str | None = None
        self._numbers = ""

    def drill(self, drill: Drill, folder: str, position: str = "") -> None:
        self.close()
        number = f" [dim]({position})[/]" if position else ""
        self._console.print(f"\n[bold]{drill.name or 'load'}[/]{number}  {drill.title}\n[dim]{load_words(drill)}[/]")
        self._drill, self._phase, self._harm, self._numbers = drill, None, None, ""
        self._display = LiveDisplay(
            console=self._console,
            get_renderable=self._render,
            refresh_per_second=REFRESH_PER_S,
            transient=True,
        )
        self._display.start()

    def say(self, text: str) -> None:
        self._console.print(Text(f"  {text}", style="dim"))

    def phase(self, phase: Phase, drill: Drill) -> None:
        self._phase, self._phase_began = phase, time.monotonic()
        position = next(k for k, candidate in enumerate(drill.phases) if candidate is phase)
        self._rest_after = sum(later.seconds for later in drill.phases[position + 1 :])
        self._console.print(Text.assemble("  ", (phase.name, "bold"), f" for {phase.seconds:g} s"))

    def harmed(self, what: str | None) -> None:
        self._harm = what

    def live(self, live: Live) -> None:
        self._numbers = live_words(live)

    def verdict(self, document: VerdictDocument, report: str) -> None:
        self.close()
        self._console.print(Text(verdict_line(document), style=f"bold {COLOURS[document.verdict]}"))
        for finding in document.findings:
            if finding.verdict is not Verdict.PASS:
                what = " ".join(part for part in (finding.check, finding.threshold, finding.phase) if part)
                symbol = SYMBOLS[finding.verdict]
                line = Text.assemble((f"  {symbol} {what}: ", COLOURS[finding.verdict]), finding.evidence)
                self._console.print(line)
        self._console.print(Text(f"  {report}", style="dim"), soft_wrap=True)

    def close(self) -> None:
        if self._display is not None:
            self._display.stop()
            self._display = None

    def _render(self) -> Group:
        if self._phase is None:
            return Group(Text("  starting …", style="cyan"))
        spent = min(time.monotonic() - self._phase_began, self._phase.seconds)
        rest = self._phase.seconds - spent + self._rest_after
        row = Table.grid(padding=(0, 1))
        bar = ProgressBar(total=self._phase.seconds, completed=spent, width=24)
        harm = Text(f"harmed: {self._harm}", style="bold red") if self._harm else Text("")
        row.add_row("  " + self._phase.name, bar, Text(f"{rest:.0f} s left", style="cyan"), harm)
        return Group(row, Text("  " + self._numbers))
