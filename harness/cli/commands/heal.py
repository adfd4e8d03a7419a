import click

from harness.heal import heal_all


@click.command(name="heal")
def command() -> None:
    """Undo whatever a harness that died left behind on this machine."""
    lines = heal_all()
    for line in lines:
        click.echo(line)
    if not lines:
        click.echo("nothing is left to undo")
