import click
import msgspec

from harness.cli.options import json_option, print_json
from harness.stacks.records import records


class Running(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    kind: str
    purpose: str
    url: str
    pid: int
    run: str
    owner_lives: bool


@click.command(name="status")
@json_option
def command(as_json: bool) -> None:
    """Show the stacks that run on this machine, and what a dead harness left."""
    found = [
        Running(
            id=record.id,
            kind=record.kind,
            purpose=record.purpose,
            url=record.url,
            pid=record.owner_pid,
            run=record.run,
            owner_lives=record.owner_lives,
        )
        for record in records()
    ]
    if as_json:
        print_json(found)
        return
    for stack in found:
        state = "running" if stack.owner_lives else "LEFT BEHIND by a dead harness: run `harness heal`"
        where = stack.url or ("(files only)" if stack.kind == "files" else "(starting)")
        click.echo(f"{where}  {stack.purpose}, process {stack.pid}: {state}")
    if not found:
        click.echo("no stack is running")
