import click

from harness.cli.drilling import run_drills
from harness.cli.options import (
    check_stack,
    drill_named,
    json_option,
    seed_option,
    settings_here,
    stack_option,
    threshold_option,
    with_thresholds,
)
from harness.drill import Drill
from harness.errors import ExitStatus


@click.command(name="drill")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@stack_option
@threshold_option
@seed_option
@click.option("--dry-run", is_flag=True, help="Show what would be harmed and how it would be undone; touch nothing.")
@json_option
def command(
    names: tuple[str, ...],
    stack: str,
    thresholds: tuple[str, ...],
    seed: int | None,
    dry_run: bool,
    as_json: bool,
) -> ExitStatus:
    """Run drills by name (`harness drills` lists them).

    \b
    Examples:
      harness drill kill-instance
      harness drill drop-redis --threshold "http.p99 < 300ms during fault"
      harness drill kill-instance --dry-run
    """
    drills = [with_thresholds(drill_named(name), thresholds) for name in names]
    stack = check_stack(stack)
    if dry_run:
        for drill in drills:
            _show(drill if seed is None else drill.of_seed(seed))
        return ExitStatus.PASS
    return run_drills(drills, stack, settings_here(), seed, as_json)


def _show(drill: Drill) -> None:
    asks = any(phase.ask for phase in drill.phases)
    click.echo(f"{drill.name}: {drill.title} ({'at most ' if asks else ''}{drill.seconds:g} s)")
    for phase in drill.phases:
        harm = f"  {phase.fault.describe()}; undo: {phase.fault.undo()}" if phase.fault else ""
        harm += "  asks the stack" if phase.ask else ""
        click.echo(f"  {phase.name:<10} {phase.seconds:>5g} s{harm}")
    for check in drill.checks:
        click.echo(f"  expects    {check.describe()}")
