"""A harness killed with SIGKILL at an instant that was drawn, and what came of it."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from harness.clock import now, seconds
from harness.drill import Drill
from harness.errors import HarnessError
from harness.journal import unhealed
from harness.run import PhaseBegan, PhaseEnded, Run
from tests.conductor.harnesses import Harness, harness, processes
from tests.conductor.short import shortened
from tests.remains import WhatIsLeft

GONE_WITHIN_S = 3.0
UNRECORDED_S = 1.0
"""The run is there up to its last second."""

AROUND_S = {"embedded": 4.0, "compose": 20.0}
"""What a drill takes beside its timeline on a machine that is not busy: to start, to read back, to stop."""

MOST_S = 60.0
"""One that takes longer is killed in its first minute."""

TRIES = 4
NOTHING_LEFT = "nothing is left to undo"
COMMAND = (sys.executable, "-m", "harness.cli.main")


class Instant(NamedTuple):
    """`share` is how far into the life of the harness."""

    drill: Drill
    share: float


class Killed(msgspec.Struct, frozen=True, kw_only=True):
    """`after_s` is from its start, `during` is the phase, if there was one. Where it was clean nothing is `wrong`.

    `unrecorded_s` is how far what was recorded is from the kill, where a phase was played.
    """

    drill: str
    after_s: float
    during: str
    gone_s: float
    unrecorded_s: float | None = None
    wrong: tuple[str, ...] = ()


def drawn(drills: Sequence[Drill], seed: str) -> Instant:
    """The same seed gives the same instant of the same drill."""
    draw = random.Random(seed)
    return Instant(draw.choice(drills), draw.random())


def killed(
    instant: Instant, stack: str, scale: float, folder: Path, remains: Sequence[WhatIsLeft], *, watchdog_first: bool
) -> Killed:
    """One that ended by itself before the instant is played again: then it is known how long it lives."""
    drill, share = instant
    # How long an `ask` takes is up to what it asks: a try will tell.
    lives_s = min(AROUND_S[stack] + shortened(drill, scale).seconds, MOST_S)
    for attempt in range(TRIES):
        own = folder / str(attempt)
        own.mkdir()
        began = now()
        with harness(["-m", "tests.conductor.short", drill.name, str(scale), stack], own) as victim:
            try:
                victim.process.wait(share * lives_s)
            except subprocess.TimeoutExpired:
                return _kill(victim, drill.name, began, remains, watchdog_first=watchdog_first)
        lives_s = seconds(now() - began)
    return Killed(drill=drill.name, after_s=lives_s, during="", gone_s=0, wrong=("it always ended before its instant",))


def _kill(victim: Harness, drill: str, began: int, remains: Sequence[WhatIsLeft], *, watchdog_first: bool) -> Killed:
    if watchdog_first:
        for pid, words in processes().items():
            if "harness.watchdog" in words:
                os.kill(pid, signal.SIGKILL)
    victim.signal(signal.SIGKILL)
    at = now()
    victim.ends_with()
    wrong: list[str] = []
    if watchdog_first:
        _heal()
    for each in remains:
        try:
            each.none_after(0 if watchdog_first else max(GONE_WITHIN_S - seconds(now() - at), 0))
        except AssertionError as error:
            wrong.append(str(error))
    gone_s = seconds(now() - at)
    if (said := _heal()) != NOTHING_LEFT:
        wrong.append(f"harness heal: {said}")
    during, unrecorded_s, unreadable = _read(victim, at)
    return Killed(
        drill=drill,
        after_s=round(seconds(at - began), 3),
        during=during,
        gone_s=round(gone_s, 3),
        unrecorded_s=unrecorded_s,
        wrong=(*wrong, *unreadable),
    )


def _heal() -> str:
    done = subprocess.run([*COMMAND, "heal"], capture_output=True, text=True, check=False)
    return f"{done.stdout}{done.stderr}".strip()


def _read(victim: Harness, at: int) -> tuple[str, float | None, list[str]]:
    """The phase in which it was killed, how far from that the recording ends, and what is wrong with it."""
    folders = [path for path in victim.runs.iterdir() if path.is_dir()] if victim.runs.exists() else []
    if not folders or not any(folders[0].iterdir()):
        return "before the run", None, []
    try:
        run = Run.open(folders[0])
    except HarnessError as error:
        return "the run", None, [str(error)]
    wrong = [f"not marked as undone: {entry.undo}" for entry in unhealed(folders[0])]
    open_phase, played = _phase(run, at)
    if open_phase is None:
        return "the end" if played else "the start", None, wrong
    unrecorded_s = round(max(seconds(at - _last(run, at)), 0.0), 3)
    if unrecorded_s > UNRECORDED_S:
        wrong.append(f"the last {unrecorded_s:g} s are not in the recording")
    return open_phase, unrecorded_s, wrong


def _phase(run: Run, at: int) -> tuple[str | None, bool]:
    """The one that had begun and not ended, None when there was none; and whether there had been any."""
    began: str | None = None
    played = False
    for event in run.events:
        if event.t <= at and isinstance(event, PhaseBegan):
            began, played = event.name, True
        elif event.t <= at and isinstance(event, PhaseEnded):
            began = None
    return began, played


def _last(run: Run, at: int) -> int:
    """The last instant of which there is anything, of what the harness and its load process recorded themselves."""
    times = [event.t for event in run.events if event.t <= at]
    times += [int(run.gauges.series(*what).t[-1]) for what in run.gauges.sampled()]
    return max([*times, int(run.requests.finished.max())] if len(run.requests) else times)
