"""The entry: finds commands by their files, and turns every error into one clear line and its exit status."""

import contextlib
import sys
import traceback
from typing import NoReturn

import click

import harness.cli.commands as room
from harness import discovery
from harness.cli.streams import may_go_unread
from harness.errors import ExitStatus, HarnessError

EPILOG = "\b\nExit status:\n" + "\n".join(f"  {status.value:<4} {status.meaning}" for status in ExitStatus)


class Commands(click.Group):
    """Imports a command only when it is asked for: `harness --version` need not load a plotting library."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return discovery.names(room)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in discovery.names(room):
            return None
        found = discovery.load(room, cmd_name, "command").command
        assert isinstance(found, click.Command)
        return found


@click.group(cls=Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="readiness-harness", prog_name="harness")
def cli() -> None:
    """Find out which statements of a production readiness guide hold: load, faults and verification on one clock."""


def main(arguments: list[str] | None = None) -> NoReturn:
    may_go_unread()
    try:
        sys.exit(cli.main(args=arguments, prog_name="harness", standalone_mode=False) or ExitStatus.PASS)
    except HarnessError as error:
        _say(str(error))
        sys.exit(error.status)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(ExitStatus.USAGE)
    except (click.Abort, KeyboardInterrupt):
        _say("interrupted")
        sys.exit(ExitStatus.INTERRUPTED)
    except Exception:
        traceback.print_exc()
        _say("this is a defect of the harness itself, not of what it measured; nothing was judged")
        sys.exit(ExitStatus.INCONCLUSIVE)


def _say(text: str) -> None:
    # To a terminal that may be gone: the exit status says the most of it.
    with contextlib.suppress(OSError):
        print(f"harness: {text}", file=sys.stderr)


if __name__ == "__main__":
    main()
