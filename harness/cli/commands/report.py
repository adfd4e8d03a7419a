from pathlib import Path

import click

from harness.conductor.conduct import judge_and_show
from harness.errors import ExitStatus
from harness.progress.words import verdict_line


@click.command(name="report")
@click.argument("run", type=click.Path(path_type=Path))
def command(run: Path) -> ExitStatus:
    """Judge and render a run again, from its folder alone.

    \b
    Example:
      harness report runs/20260101T120000Z-steady
    """
    document = judge_and_show(run)
    click.echo(verdict_line(document))
    click.echo(str(run / "report.html"))
    return document.verdict.exit_status
