import os
import shutil
from collections.abc import Callable
from pathlib import Path

import click
import msgspec

from harness import places
from harness.cli.options import json_option, print_json, settings_here
from harness.errors import ExitStatus, HarnessError
from harness.run import HostFacts
from harness.settings import Settings
from harness.stacks.embedded import binaries, pgbouncer_binary
from harness.stacks.embedded.binaries import Binary
from harness.stacks.records import records


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """`needed` things that are not `there` keep the embedded stack from starting; the others only narrow it."""

    what: str
    there: bool
    detail: str
    needed: bool = True


@click.command(name="doctor")
@json_option
def command(as_json: bool) -> ExitStatus:
    """Show what this machine has, what is missing, and how to get it."""
    items = examine(settings_here())
    if as_json:
        print_json(items)
    else:
        for item in items:
            sign = "✓" if item.there else ("✗" if item.needed else "–")
            click.echo(f"{sign} {item.what:<16} {item.detail}")
    return ExitStatus.PASS if all(item.there or not item.needed for item in items) else ExitStatus.STACK


def examine(settings: Settings) -> list[Item]:
    host = HostFacts.here()
    machine = f"{host.cpus} CPUs, {host.memory_bytes / 2**30:.1f} GiB, {host.system}, Python {host.python}"
    base = places.work_base()
    free = shutil.disk_usage(base).free / 2**20
    left = [record for record in records() if not record.owner_lives]
    return [
        Item(what="machine", there=True, detail=machine),
        Item(what="pidfd", there=hasattr(os, "pidfd_open"), detail="Linux 5.3 or newer, for watching processes"),
        _server("postgres", lambda: binaries.postgres(settings.servers), "--version"),
        _server("redis", lambda: binaries.redis(settings.servers), "--version"),
        _server("haproxy", lambda: binaries.haproxy(settings.servers), "-v"),
        _server("pgbouncer", lambda: pgbouncer_binary.find_pgbouncer(settings.servers), "--version", needed=False),
        Item(what="work folder", there=free > 200, detail=f"{base}, {free:,.0f} MiB free"),
        Item(what="runs", there=os.access(_existing(Path(settings.runs)), os.W_OK), detail=str(Path(settings.runs))),
        Item(
            what="left behind",
            there=not left,
            detail=f"{len(left)} stacks of dead harnesses; `harness heal` removes them" if left else "nothing",
            needed=False,
        ),
    ]


def _server(what: str, find: Callable[[], Binary], flag: str, *, needed: bool = True) -> Item:
    try:
        binary = find()
        detail = f"{binaries.version(binary, flag)}  ({binary.source}: {binary.path})"
    except (HarnessError, pgbouncer_binary.Absent) as error:
        return Item(what=what, there=False, detail=str(error), needed=needed)
    return Item(what=what, there=True, detail=detail, needed=needed)


def _existing(folder: Path) -> Path:
    folder = folder.absolute()
    while not folder.exists():
        folder = folder.parent
    return folder
