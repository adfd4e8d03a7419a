import click
import msgspec

from harness.cli.options import all_drills, all_probes, json_option, print_json


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    title: str
    claims: tuple[str, ...]
    needs: tuple[str, ...]
    seconds: float


@click.command(name="drills")
@json_option
def command(as_json: bool) -> None:
    """List the drills: what each does, how long it takes, which claims it proves."""
    drills = [*all_drills(), *all_probes()]
    if as_json:
        print_json(
            [
                Listed(name=d.name, title=d.title, claims=d.claims, needs=tuple(d.needs), seconds=d.seconds)
                for d in drills
            ]
        )
        return
    width = max(len(drill.name) for drill in drills)
    for drill in drills:
        click.echo(f"{drill.name:<{width}}  {drill.seconds:>4g} s  {drill.title}  [{', '.join(drill.claims)}]")
