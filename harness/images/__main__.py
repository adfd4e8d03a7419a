"""`python -m harness.images`: build what is missing, say what there is, or remove it again."""

import sys
from contextlib import closing

import click

from harness.errors import ExitStatus, HarnessError
from harness.images.build import build_all, remove_all
from harness.images.freshness import State, states
from harness.stacks.compose.daemon import connect


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--check", is_flag=True, help="Only say what there is; exit status 1 when something is to be built.")
@click.option("--remove", is_flag=True, help="Remove what was built, and its lines in .env.")
@click.option("--fresh", is_flag=True, help="Build all anew, with the packages that Debian has today.")
def main(check: bool, remove: bool, fresh: bool) -> None:
    """Build the images of docker-compose.yml without a registry, and name them in .env.

    Each is built once, and again when what it is made of has changed.
    """
    try:
        with closing(connect()) as client:
            if check:
                found = states(client)
                for image, state in found.items():
                    click.echo(f"{image:45} {state}")
                sys.exit(ExitStatus.FAIL if any(state is not State.CURRENT for state in found.values()) else 0)
            if remove:
                remove_all(client, _say)
            elif not build_all(client, _say, fresh=fresh):
                _say("all images are current")
    except HarnessError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.status)
    except KeyboardInterrupt:
        sys.exit(ExitStatus.INTERRUPTED)


def _say(line: str) -> None:
    click.echo(line, err=True)


if __name__ == "__main__":
    main()
