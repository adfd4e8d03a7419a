import click

from harness.cli.drilling import run_drills
from harness.cli.options import (
    all_drills,
    all_probes,
    check_stack,
    json_option,
    seed_option,
    settings_here,
    stack_option,
)
from harness.drill import Profile
from harness.errors import ExitStatus


@click.command(name="verify")
@stack_option
@click.option(
    "--profile",
    type=click.Choice([profile.value for profile in Profile]),
    default=Profile.STANDARD.value,
    show_default=True,
    help="Which drills to run.",
)
@seed_option
@json_option
def command(stack: str, profile: str, seed: int | None, as_json: bool) -> ExitStatus:
    """Start a real system, load it, harm it, judge what happened.

    \b
    Examples:
      harness verify
      harness verify --profile quick --json > verdict.json
    """
    drills = [drill for drill in [*all_probes(), *all_drills()] if Profile(profile).includes(drill.profile)]
    return run_drills(drills, check_stack(stack), settings_here(), seed, as_json, by_name=False)
