from collections.abc import Sequence

import click
import msgspec

from harness.cli.options import (
    COMPOSE,
    EMBEDDED,
    check_stack,
    json_option,
    print_json,
    progress_for,
    seed_option,
    seed_or_drawn,
    settings_here,
    stack_option,
)
from harness.cli.selftesting import SelftestAnswer, defects_named, run_selftest
from harness.cli.stacks import run_interruptibly
from harness.defect import Defect
from harness.errors import ExitStatus, UsageError


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """One defect in the JSON of `--list`: the drill or probe that must catch it, and by which finding."""

    name: str
    drill: str
    caught_by: str
    title: str


@click.command(name="selftest")
@click.argument("names", nargs=-1, metavar="[NAME...]")
@click.option("--list", "only_list", is_flag=True, help="List the defects, and what must catch each; run nothing.")
@click.option("--rounds", type=click.IntRange(min=0), default=1, show_default=True, help="Rounds on the clean target.")
@stack_option
@seed_option
@json_option
def command(
    names: tuple[str, ...], only_list: bool, rounds: int, stack: str, seed: int | None, as_json: bool
) -> ExitStatus:
    """Every defect against the drill that must catch it, and the clean target against those drills.

    \b
    Examples:
      harness selftest
      harness selftest cache-is-required --rounds 0
      harness selftest --stack compose
      harness selftest --list
    """
    defects = defects_named(names)
    if only_list:
        _list(defects, as_json)
        return ExitStatus.PASS
    stack = _startable(stack)
    settings = settings_here()
    progress = progress_for()
    try:
        answer = run_interruptibly(run_selftest(defects, rounds, stack, settings, progress, seed_or_drawn(seed)))
    finally:
        progress.close()
    if as_json:
        print_json(answer)
    else:
        _show(answer)
    return _status(answer)


def _startable(stack: str) -> str:
    if check_stack(stack) not in (EMBEDDED, COMPOSE):
        raise UsageError(f"defects cannot be put into {stack}, which runs already", "use embedded or compose")
    return stack


def _list(defects: Sequence[Defect], as_json: bool) -> None:
    if as_json:
        print_json([Listed(name=d.name, drill=d.drill, caught_by=d.caught_by, title=d.title) for d in defects])
        return
    name, drill, caught_by = (max(map(len, column)) for column in zip(*map(_cells, defects), strict=True))
    for defect in defects:
        click.echo(f"{defect.name:<{name}}  {defect.drill:<{drill}}  {defect.caught_by:<{caught_by}}  {defect.title}")


def _cells(defect: Defect) -> tuple[str, str, str]:
    return defect.name, defect.drill, defect.caught_by


def _show(answer: SelftestAnswer) -> None:
    for defect in answer.defects:
        caught = f"caught by {', '.join(defect.caught_by)}" if defect.caught else "NOT CAUGHT"
        click.echo(f"{defect.name:<28} {defect.drill:<16} {caught}  ({defect.seconds:.0f} s)")
    for name in answer.inconclusive:
        click.echo(f"{name:<28} inconclusive: the measurement itself was not valid")
    for name in answer.not_applicable:
        click.echo(f"{name:<28} not applicable: its drill cannot run on this kind of stack")
    alarms = f"false alarms {answer.false_alarms} in {answer.clean_rounds} clean rounds"
    click.echo(f"caught {answer.caught}/{answer.total}, {alarms}")


def _status(answer: SelftestAnswer) -> ExitStatus:
    if answer.caught < answer.total or answer.false_alarms:
        return ExitStatus.FAIL
    return ExitStatus.INCONCLUSIVE if answer.inconclusive else ExitStatus.PASS
