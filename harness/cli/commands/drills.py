from collections.abc import Iterable

import click
import msgspec

from harness.cli.options import all_drills, all_probes, json_option, print_json
from harness.drill import Drill


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """One drill or probe in the JSON. `needs` are roles, and kinds of stacks that not every one is, as "containers". A
    probe's `seconds` are the most that it may take.
    """

    name: str
    title: str
    claims: tuple[str, ...]
    needs: tuple[str, ...]
    seconds: float


@click.command(name="drills")
@json_option
def command(as_json: bool) -> None:
    """List the drills and probes: what each does, how long it takes, which claims it bears on.

    \b
    Examples:
      harness drills
      harness drills --json
    """
    drills, probes = all_drills(), all_probes()
    if as_json:
        print_json(
            [
                Listed(name=d.name, title=d.title, claims=d.claims, needs=d.wants, seconds=d.seconds)
                for d in (*drills, *probes)
            ]
        )
        return
    width = max(len(drill.name) for drill in (*drills, *probes))
    _show("Drills harm a system under load:", drills, width)
    click.echo()
    _show("Probes ask it, and take seconds:", probes, width)


def _show(heading: str, drills: Iterable[Drill], width: int) -> None:
    click.echo(heading)
    for drill in drills:
        # How long it takes to ask is up to the answers; the seconds are where it is given up.
        most = "≤" if any(phase.ask for phase in drill.phases) else " "
        lasts = f"  {most}{drill.seconds:>4g} s"
        claims = f"  [{', '.join(drill.claims)}]" if drill.claims else ""
        needs = "  (--stack compose)" if "containers" in drill.wants else ""
        click.echo(f"  {drill.name:<{width}}{lasts}  {drill.title}{claims}{needs}")
