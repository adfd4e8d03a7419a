from pathlib import Path

import click

from harness.cli.drilling import run_drills
from harness.cli.options import (
    Duration,
    check_stack,
    json_option,
    seed_option,
    settings_here,
    threshold_option,
    with_thresholds,
)
from harness.drill import ARRIVALS, Drill, Load, Phase
from harness.errors import ExitStatus, UsageError


@click.command(name="load")
@click.argument("scenario")
@click.option("--rate", type=float, default=None, help="Arrivals a second: one task each, whatever the target does.")
@click.option("--users", type=int, default=None, help="Long-lived users instead, who wait for their answers.")
@click.option("--duration", type=Duration(), default="30s", show_default=True)
@click.option("--host", default=None, metavar="URL", help="Where to send it. Without, a stack is started for it.")
@click.option("--arrivals", type=click.Choice(ARRIVALS), default="constant", show_default=True)
@click.option("--workers", type=int, default=1, show_default=True, help="Load processes that share the arrivals.")
@threshold_option
@seed_option
@json_option
def command(
    scenario: str,
    rate: float | None,
    users: int | None,
    duration: float,
    host: str | None,
    arrivals: str,
    workers: int,
    thresholds: tuple[str, ...],
    seed: int | None,
    as_json: bool,
) -> ExitStatus:
    """Load alone, recorded and reported. SCENARIO is a name, or any locustfile's path.

    \b
    Examples:
      harness load browse --rate 50 --duration 30s
      harness load my_locustfile.py --rate 100 --host http://127.0.0.1:8000 --threshold "http.p99 < 250ms"
    """
    if (rate is None) == (users is None):
        raise UsageError("a load needs either --rate or --users", "give one of them, for example --rate 50")
    drill = Drill(
        title=f"Load: {Path(scenario).stem}",
        loads=(Load(scenario=scenario, rate=rate, users=users, arrivals=arrivals, workers=workers),),
        timeline=(Phase(name="load", seconds=duration),),
        name="load",
    )
    drill = with_thresholds(drill, thresholds)
    return run_drills([drill], check_stack(host or "embedded"), settings_here(), seed, as_json)
