"""What several commands take, and how they show and answer."""

import re
import secrets
import shlex
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console

import chaos.drills
import chaos.probes
from harness import discovery
from harness.claims import Proof
from harness.drill import Drill, thresholds
from harness.errors import UsageError
from harness.progress.base import Progress
from harness.progress.plain import PlainProgress
from harness.progress.terminal import TerminalProgress
from harness.progress.unbreakable import UnbreakableProgress
from harness.settings import Settings, read_settings

SMALLEST_TERMINAL = 40

EMBEDDED = "embedded"
COMPOSE = "compose"
OWN = (EMBEDDED, COMPOSE)
"""The kinds that the harness starts itself."""

ATTACH = "compose:"
"""Before the name of a project that runs already."""

json_option = click.option(
    "--json", "as_json", is_flag=True, help="One JSON document on stdout, and nothing else there."
)
seed_option = click.option(
    "--seed", type=int, default=None, help="Of everything that is drawn; drawn itself when not given."
)
stack_option = click.option(
    "--stack",
    "stack",
    default=EMBEDDED,
    show_default=True,
    metavar="KIND",
    help="What to run on: embedded (child processes), compose (Docker), compose:PROJECT (which is up already), a URL.",
)
threshold_option = click.option(
    "--threshold",
    "thresholds",
    multiple=True,
    metavar="TEXT",
    help='A further expectation, as "http.p95 < 200ms" or "http.errors < 1% during fault". May be repeated.',
)

DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)?")
UNITS_S = {"ms": 0.001, "s": 1.0, None: 1.0, "m": 60.0, "h": 3600.0}


class Duration(click.ParamType[float]):
    """Seconds, from "500ms", "30s", "5m", "1h" or a bare number of seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        match = DURATION.fullmatch(str(value).strip())
        if match is None or not float(match[1]):
            self.fail(f"{value!r} is not a duration; write it like 30s, 500ms or 5m", param, ctx)
        return float(match[1]) * UNITS_S[match[2]]


def settings_here() -> Settings:
    return read_settings(Path.cwd())


def seed_or_drawn(seed: int | None) -> int:
    return secrets.randbelow(2**31) if seed is None else seed


def progress_for(stream: Any = None) -> Progress:
    """Progress goes to stderr: on a terminal as a display, else in plain lines."""
    out = stream or sys.stderr
    console = Console(file=out)
    if console.is_terminal and console.width >= SMALLEST_TERMINAL and not console.is_dumb_terminal:
        return UnbreakableProgress(TerminalProgress(console))
    return UnbreakableProgress(PlainProgress(out))


def print_json(value: object) -> None:
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")


def drill_named(name: str) -> Drill:
    """A drill or a probe: both are run, judged and shown alike."""
    drills, probes = discovery.names(chaos.drills), discovery.names(chaos.probes)
    if name not in (*drills, *probes):
        raise discovery.unknown("drill", name, (*drills, *probes), "harness drills")
    found = (
        discovery.load(chaos.probes, name, "probe").PROBE
        if name in probes
        else discovery.load(chaos.drills, name, "drill").DRILL
    )
    assert isinstance(found, Drill)
    return msgspec.structs.replace(found, name=name)


def commands_for(names: Iterable[str]) -> list[str]:
    """What to type to run these: what wants containers has a command of its own."""
    drills = [drill_named(name) for name in names]
    on_compose = [drill.name for drill in drills if "containers" in drill.wants]
    anywhere = [drill.name for drill in drills if "containers" not in drill.wants]
    commands = [f"harness drill {shlex.join(anywhere)}"] if anywhere else []
    return commands + ([f"harness drill {shlex.join(on_compose)} --stack compose"] if on_compose else [])


def all_drills() -> list[Drill]:
    """Every drill there is, the shortest first."""
    drills = [drill_named(name) for name in discovery.names(chaos.drills)]
    return sorted(drills, key=lambda drill: (drill.seconds, drill.name))


def all_probes() -> list[Drill]:
    """Every probe there is, by name."""
    return [drill_named(name) for name in discovery.names(chaos.probes)]


def all_proofs() -> list[Proof]:
    """What bears on the guide's claims."""
    return [
        *(_proof(drill, drill=True) for drill in all_drills()),
        *(_proof(probe, drill=False) for probe in all_probes()),
    ]


def _proof(it: Drill, *, drill: bool) -> Proof:
    # One that is drawn is as long as its seed makes it.
    seconds = it.planned().played_s if it.drawn is None else 0.0
    return Proof(name=it.name, claims=it.claims, drill=drill, seconds=seconds)


def check_known(kind: str, names: Iterable[str], known: Sequence[str], listing: str) -> None:
    """The first of these names that is none is wrong usage, with those that may be meant."""
    for name in names:
        if name not in known:
            raise discovery.unknown(kind, name, known, listing)


def with_thresholds(drill: Drill, sources: Iterable[str]) -> Drill:
    judged = tuple(phase.name for phase in drill.phases if phase.name != "warm-up")
    extra = thresholds(sources, judged)
    return msgspec.structs.replace(drill, expect=(*drill.expect, *extra)) if extra else drill


def check_stack(stack: str) -> str:
    """A wrong --stack is wrong usage before anything starts."""
    if stack in OWN or re.fullmatch(rf"{ATTACH}[a-z0-9][a-z0-9_-]*", stack) or "://" in stack:
        return stack
    raise UsageError(
        f"there is no kind of stack named {stack!r}",
        "use embedded, compose, compose:PROJECT, or a URL like http://127.0.0.1:8000",
    )
