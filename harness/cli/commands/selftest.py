import click

from harness.cli.options import (
    json_option,
    print_json,
    progress_for,
    seed_option,
    seed_or_drawn,
    settings_here,
)
from harness.cli.selftesting import SelftestAnswer, defects_named, run_selftest
from harness.cli.stacks import run_interruptibly
from harness.errors import ExitStatus


@click.command(name="selftest")
@click.argument("names", nargs=-1, metavar="[NAME...]")
@click.option("--rounds", type=click.IntRange(min=0), default=1, show_default=True, help="Rounds on the clean target.")
@seed_option
@json_option
def command(names: tuple[str, ...], rounds: int, seed: int | None, as_json: bool) -> ExitStatus:
    """Every defect against the drill that must catch it, and the clean target against those drills.

    \b
    Examples:
      harness selftest
      harness selftest cache-is-required --rounds 0
    """
    settings = settings_here()
    progress = progress_for()
    try:
        answer = run_interruptibly(run_selftest(defects_named(names), rounds, settings, progress, seed_or_drawn(seed)))
    finally:
        progress.close()
    if as_json:
        print_json(answer)
    else:
        _show(answer)
    return _status(answer)


def _show(answer: SelftestAnswer) -> None:
    for defect in answer.defects:
        caught = f"caught by {', '.join(defect.caught_by)}" if defect.caught else "NOT CAUGHT"
        click.echo(f"{defect.name:<28} {defect.drill:<16} {caught}  ({defect.seconds:.0f} s)")
    for name in answer.inconclusive:
        click.echo(f"{name:<28} inconclusive: the measurement itself was not valid")
    alarms = f"false alarms {answer.false_alarms} in {answer.clean_rounds} clean rounds"
    click.echo(f"caught {answer.caught}/{answer.total}, {alarms}")


def _status(answer: SelftestAnswer) -> ExitStatus:
    if answer.caught < answer.total or answer.false_alarms:
        return ExitStatus.FAIL
    return ExitStatus.INCONCLUSIVE if answer.inconclusive else ExitStatus.PASS
