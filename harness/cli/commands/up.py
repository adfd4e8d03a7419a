import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import click

from harness.cli.options import COMPOSE, EMBEDDED, check_stack, progress_for, settings_here, stack_option
from harness.cli.stacks import run_interruptibly, stack_opener
from harness.conductor.conduct import OpenStack
from harness.conductor.folder import new_run_folder
from harness.errors import ExitStatus, Interrupted, StackError, UsageError
from harness.run import EventLog
from harness.settings import Settings
from harness.stack import Role
from harness.stacks.lock import stack_lock
from harness.stacks.plan import StackPlan
from harness.stacks.records import UP, stacks_up
from harness.watchdog import Watchdog

DETACH_PATIENCE_S = 120.0


@click.command(name="up")
@click.option("--port", type=click.IntRange(1, 65535), default=None, help="The balancer's; any free one by default.")
@click.option("--instances", type=click.IntRange(1, 16), default=3, show_default=True)
@stack_option
@click.option("--detach", "-d", is_flag=True, help="Return when it is up, and leave it running until `harness down`.")
def command(port: int | None, instances: int, stack: str, detach: bool) -> ExitStatus:
    """Start the stack by hand, and keep it until Ctrl-C (or `harness down`).

    \b
    Examples:
      harness up
      harness up --stack compose
      harness up --detach --port 8000 && curl http://127.0.0.1:8000/health
    """
    settings = settings_here()
    if check_stack(stack) not in (EMBEDDED, COMPOSE):
        raise UsageError(f"{stack} is up already", "use embedded or compose")
    if detach:
        return _detached(port, instances, stack, Path(settings.runs))
    plan = StackPlan(instances=instances, port=port or 0)
    try:
        with stack_lock(UP, UP):
            run_interruptibly(_hold(stack_opener(stack, settings, UP, plan), settings))
    except Interrupted:
        return ExitStatus.PASS
    return ExitStatus.PASS


async def _hold(open_stack: OpenStack, settings: Settings) -> None:
    folder = new_run_folder(Path(settings.runs), UP)
    progress = progress_for()
    events = EventLog(folder)
    with Watchdog(folder):
        async with open_stack(folder, events, progress) as stack:
            click.echo(f"{stack.url}  ({len(stack.members(Role.APP))} instances; logs in {folder}/logs)")
            await asyncio.Event().wait()


def _detached(port: int | None, instances: int, stack: str, runs: Path) -> ExitStatus:
    if found := stacks_up():
        raise StackError(f"a stack is up already at {found[0].url}", "use it, or stop it with `harness down`")
    arguments = [sys.executable, "-m", "harness.cli.main", "up", "--instances", str(instances), "--stack", stack]
    arguments += ["--port", str(port)] if port else []
    try:
        runs.mkdir(parents=True, exist_ok=True)
        log = (runs / "up.log").open("w+b")
    except OSError as error:
        raise UsageError(f"nothing can be written to {runs}: {error.strerror}", "set HARNESS_RUNS") from error
    with log:
        process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=os.environ
        )
        deadline = time.monotonic() + DETACH_PATIENCE_S
        while time.monotonic() < deadline and process.poll() is None:
            if (found := stacks_up()) and found[0].url:
                click.echo(found[0].url)
                return ExitStatus.PASS
            time.sleep(0.05)
        last = (runs / "up.log").read_text(errors="replace").strip().splitlines()[-3:]
    # Whatever keeps it: nobody waits for it any more.
    process.terminate()
    raise StackError("the stack did not come up", "; ".join(last) or f"see {runs}/up.log")
