"""kill -9 at random instants of random drills: 3 s later nothing is left, and the run is there to its last second.

`python -m benchmarks.killing --help` does it in parts: what is on record is not tried again.
"""

import argparse
import contextlib
import itertools
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import msgspec
import pytest

from benchmarks.result import Result
from harness import places
from harness.cli.options import COMPOSE, EMBEDDED, all_drills
from harness.settings import read_settings
from harness.stacks.compose.daemon import connect
from tests.conductor.harnesses import Remains
from tests.conductor.killing import UNRECORDED_S, Killed, drawn, killed
from tests.docker import DockerRemains
from tests.docs.marked import replace_marked
from tests.remains import WhatIsLeft
from tests.stacks.fitting import fits

RESULTS = Path(__file__).parent / "RESULTS.md"
COUNT, SEED, SCALE = 100, 1, 0.35


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """Kills of one kind, numbered from 1. Which drill each meets, and when, follows from seed and number."""

    stack: str = EMBEDDED
    seed: int = SEED
    scale: float = SCALE
    watchdog_first: bool = False

    @property
    def title(self) -> str:
        return f"{self.stack}, {'the watchdog killed first' if self.watchdog_first else 'watched'}"

    @property
    def file(self) -> Path:
        """What was recorded of it, a kill a line."""
        first = "-watchdog-first" if self.watchdog_first else ""
        return Path(read_settings(Path.cwd()).runs) / f"killing-{self.stack}-{self.seed}{first}.jsonl"

    def recorded(self) -> dict[int, Killed]:
        """The latest of each number."""
        lines = self.file.read_bytes().splitlines() if self.file.exists() else []
        return dict(msgspec.json.decode(line, type=tuple[int, Killed]) for line in lines)


def measure() -> Iterator[Result]:
    for watchdog_first in (False, True):
        yield from results(played(Series(watchdog_first=watchdog_first), range(1, COUNT + 1)))


def results(series: Series) -> list[Result]:
    kills = series.recorded().values()
    clean = sum(not each.wrong for each in kills)
    gone = [each.gone_s for each in kills]
    text = f"{clean} of {len(kills)}, gone after {median(gone):.1f} s (at most {max(gone):.1f})"
    unrecorded = [each.unrecorded_s for each in kills if each.unrecorded_s is not None]
    found = [Result(f"{series.title}: killed and clean", text, clean, len(kills), True)]
    if unrecorded:
        text = f"{median(unrecorded):.2f} s (at most {max(unrecorded):.2f})"
        found.append(Result(f"{series.title}: not recorded before a kill (s)", text, max(unrecorded), UNRECORDED_S))
    return found


def played(series: Series, numbers: Sequence[int], *, again: bool = False) -> Series:
    """Those of the numbers that are not on record; with `again` also those that were not clean."""
    series.file.parent.mkdir(parents=True, exist_ok=True)
    done = series.recorded()
    for number in numbers:
        if number in done and not (again and done[number].wrong):
            continue
        one = _one(series, number)
        with series.file.open("ab") as file:
            file.write(msgspec.json.encode((number, one)) + b"\n")
        what = "; ".join(one.wrong) or f"clean, gone after {one.gone_s:.1f} s"
        print(f"{number:>4}  {one.drill:<20} {one.after_s:>6.2f} s, {one.during:<14}  {what}", file=sys.stderr)
    return series


def _one(series: Series, number: int) -> Killed:
    # In the order of their names, so that what a number means does not hang on how long they are.
    drills = [drill for drill in sorted(all_drills(), key=lambda drill: drill.name) if fits(drill, series.stack)]
    instant = drawn(drills, f"{series.seed} {number}")
    with _own_places() as folder, _remains(series.stack) as remains:
        return killed(instant, series.stack, series.scale, folder, remains, watchdog_first=series.watchdog_first)


@contextmanager
def _own_places() -> Iterator[Path]:
    """Where this harness and nobody else leaves anything; removed at the end."""
    with (
        pytest.MonkeyPatch.context() as patch,
        tempfile.TemporaryDirectory(prefix="killing-") as folder,
        tempfile.TemporaryDirectory(prefix="killing-", dir=places.work_base()) as work,
    ):
        # Servers that refuse root must come through.
        Path(work).chmod(0o711)
        state = Path(folder) / "state"
        state.mkdir()
        patch.setenv("XDG_STATE_HOME", str(state))
        patch.setenv("HARNESS_WORK", work)
        yield Path(folder)


@contextmanager
def _remains(stack: str) -> Iterator[list[WhatIsLeft]]:
    if stack == EMBEDDED:
        yield [Remains()]
        return
    with contextlib.closing(connect()) as client:
        yield [Remains(), DockerRemains(client)]


def table(series: Series) -> str:
    """A row for each drill."""
    kills = series.recorded().values()
    rows = ["| drill | killed in | clean | gone after (s) | not recorded (s) |", "|---|---|---|---|---|"]
    for name in sorted({each.drill for each in kills}):
        own = [each for each in kills if each.drill == name]
        during = ", ".join(f"{phase} {count}" for phase, count in sorted(Counter(each.during for each in own).items()))
        wrong = [why for each in own for why in each.wrong]
        clean = "; ".join([f"{sum(not each.wrong for each in own)} of {len(own)}", *wrong])
        unrecorded = max((each.unrecorded_s for each in own if each.unrecorded_s is not None), default=None)
        lost = "" if unrecorded is None else f"{unrecorded:.2f}"
        rows.append(f"| `{name}` | {during} | {clean} | {max(each.gone_s for each in own):.1f} | {lost} |")
    total = f"{sum(not each.wrong for each in kills)} of {len(kills)}"
    return "\n".join([f"**{series.title}**: {total} clean, seed {series.seed}", "", *rows])


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.killing", description=__doc__)
    parser.add_argument("--from", dest="first", type=int, default=1, help="the first number (1)")
    parser.add_argument("--count", type=int, default=COUNT, help=f"how many ({COUNT})")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--stack", choices=(EMBEDDED, COMPOSE), default=EMBEDDED)
    parser.add_argument("--scale", type=float, default=SCALE, help=f"of the drills' times ({SCALE})")
    parser.add_argument("--watchdog-first", action="store_true", help="kill it first; then `harness heal` undoes all")
    parser.add_argument("--again", action="store_true", help="also those that were not clean, when that was mended")
    parser.add_argument("--write", action="store_true", help=f"put all that is on record into {RESULTS.name}")
    given = parser.parse_args(arguments)
    # As Ctrl-C ends it: the harness of the moment is killed, and its folders are removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    series = Series(stack=given.stack, seed=given.seed, scale=given.scale, watchdog_first=given.watchdog_first)
    played(series, range(given.first, given.first + given.count), again=given.again)
    print(table(series))
    if given.write:
        pairs = itertools.product((EMBEDDED, COMPOSE), (False, True))
        every = [Series(stack=stack, seed=given.seed, watchdog_first=first) for stack, first in pairs]
        replace_marked(RESULTS, "killing", "\n\n".join(table(each) for each in every if each.recorded()))
    return int(any(each.wrong for each in series.recorded().values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
