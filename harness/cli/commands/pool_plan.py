import click

from harness.cli.options import json_option, print_json
from harness.pool_plan import RESERVED, SHARE, PoolPlan, planned


@click.command(name="pool-plan")
@click.option("--max-connections", type=click.IntRange(min=1), default=100, show_default=True, help="The database's.")
@click.option("--instances", type=click.IntRange(min=1), required=True, help="How many share them.")
@click.option(
    "--reserved", type=click.IntRange(min=0), default=RESERVED, show_default=True, help="For people and monitoring."
)
@click.option("--share", type=float, default=SHARE, show_default=True, help="Of what each could have.")
@json_option
def command(max_connections: int, instances: int, reserved: int, share: float, as_json: bool) -> None:
    """Compute how many database connections each instance may hold, by the guide's formula."""
    plan = planned(max_connections, instances, reserved=reserved, share=share)
    if as_json:
        print_json(plan)
        return
    click.echo(f"connection_limit={plan.per_instance}")
    for when, more in (
        ("usually", 0),
        ("while one more is deployed", 1),
        ("while all are replaced at once", instances),
    ):
        click.echo(f"  {when:<31}{told(plan, plan.while_deploying(more))}")


def told(plan: PoolPlan, connections: int) -> str:
    left = plan.max_connections - plan.reserved
    if plan.fits(connections):
        return f"{connections:>5} of {left} connections"
    return f"{connections:>5} of {left} connections: too many, deploy fewer at a time or put PgBouncer in between"
