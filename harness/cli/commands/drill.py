import random

import click
import msgspec

from harness.cli.drilling import run_drills
from harness.cli.options import (
    Duration,
    check_stack,
    drill_named,
    json_option,
    seed_option,
    settings_here,
    stack_option,
    threshold_option,
    with_thresholds,
)
from harness.cli.stacks import opener_for
from harness.drill import Drill, Phase
from harness.errors import ExitStatus, NotApplicable, UsageError


@click.command(name="drill")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@stack_option
@threshold_option
@seed_option
@click.option(
    "--duration",
    type=Duration(),
    default=None,
    help="How long each drill takes, as 2h or 90s: its phases are stretched or cut in proportion.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be harmed and how it would be undone; touch nothing.")
@json_option
def command(
    names: tuple[str, ...],
    stack: str,
    thresholds: tuple[str, ...],
    seed: int | None,
    duration: float | None,
    dry_run: bool,
    as_json: bool,
) -> ExitStatus:
    """Run drills by name (`harness drills` lists them).

    \b
    Examples:
      harness drill kill-instance
      harness drill drop-redis --threshold "http.p99 < 300ms during fault"
      harness drill kill-instance --dry-run
      harness drill soak --duration 2h
    """
    drills = [with_thresholds(drill_named(name), thresholds) for name in names]
    if duration is not None:
        drills = [lasting(drill, duration) for drill in drills]
    stack = check_stack(stack)
    if dry_run:
        for drill in drills:
            _show(drill if seed is None else drill.of_seed(seed))
            _say_if_it_does_not_fit(drill, stack)
        return ExitStatus.PASS
    return run_drills(drills, stack, settings_here(), seed, as_json)


def lasting(drill: Drill, seconds: float) -> Drill:
    """The drill with its phases stretched or cut so that they take so long together.

    Raises UsageError for one that asks: it takes as long as its questions do.
    """
    if any(phase.ask for phase in drill.phases):
        raise UsageError(f"{drill.name} lasts as long as its questions take", "leave out --duration")
    scale = seconds / drill.seconds

    def scaled(timeline: tuple[Phase, ...]) -> tuple[Phase, ...]:
        return tuple(phase.scaled(scale) for phase in timeline)

    def drawn(draw: random.Random) -> tuple[Phase, ...]:
        assert drill.drawn is not None
        return scaled(drill.drawn(draw))

    return msgspec.structs.replace(drill, timeline=scaled(drill.timeline), drawn=drawn if drill.drawn else None)


def _say_if_it_does_not_fit(drill: Drill, stack: str) -> None:
    try:
        opener_for(drill, stack, settings_here(), "drill --dry-run")
    except NotApplicable as why:
        click.echo(f"  {why}")


def _show(drill: Drill) -> None:
    asks = any(phase.ask for phase in drill.phases)
    click.echo(f"{drill.name}: {drill.title} ({'at most ' if asks else ''}{drill.seconds:g} s)")
    for phase in drill.phases:
        harm = f"  {phase.fault.describe()}; undo: {phase.fault.undo()}" if phase.fault else ""
        harm += "  asks the stack" if phase.ask else ""
        harm += f"  {phase.pace}" if str(phase.pace) else ""
        click.echo(f"  {phase.name:<10} {phase.seconds:>5g} s{harm}")
    for check in drill.checks:
        click.echo(f"  expects    {check.describe()}")
