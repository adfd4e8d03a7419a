import os
import signal
import time

import click

from harness.errors import ExitStatus, StackError
from harness.stacks.records import stacks_up

PATIENCE_S = 30.0


@click.command(name="down")
def command() -> ExitStatus:
    """Stop the stack that `harness up` started."""
    found = stacks_up()
    if not found:
        click.echo("no stack is up")
        return ExitStatus.PASS
    for record in found:
        os.kill(record.owner_pid, signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE_S
        while record.owner_lives:
            if time.monotonic() > deadline:
                raise StackError(f"process {record.owner_pid} did not stop in {PATIENCE_S:g} s", "see `harness status`")
            time.sleep(0.02)
        click.echo(f"stopped {record.url}")
    return ExitStatus.PASS
