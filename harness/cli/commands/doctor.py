import asyncio
import os
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from harness import places
from harness.cli.options import json_option, print_json, settings_here
from harness.errors import ExitStatus, HarnessError
from harness.run import HostFacts
from harness.settings import Settings
from harness.stacks.compose.command import compose_command
from harness.stacks.compose.daemon import connect, endpoint
from harness.stacks.compose.project import Compose
from harness.stacks.compose.trouble import absent_images, image_missing
from harness.stacks.embedded import binaries, pgbouncer_binary
from harness.stacks.embedded.binaries import Binary
from harness.stacks.records import records

if TYPE_CHECKING:
    import docker

NO_DAEMON = "not known without the daemon"


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """`needed` things that are not `there` keep the embedded stack from starting; the others only narrow what there is
    to do.
    """

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
            click.echo(f"{sign} {item.what:<14} {item.detail}")
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
        *_docker(Path(settings.compose.file)),
    ]


def _docker(file: Path) -> list[Item]:
    """What `--stack compose` needs. The embedded stack does without."""
    try:
        client = connect()
    except HarnessError as error:
        said = {"docker": str(error), "docker images": NO_DAEMON, "docker limits": NO_DAEMON}
        docker, *rest = [Item(what=what, there=False, detail=detail, needed=False) for what, detail in said.items()]
        return [docker, _compose(), *rest]
    with closing(client):
        info = client.info()
        version = f"{info['ServerVersion']}, {info['Driver']}, cgroup v{info['CgroupVersion']}  ({endpoint()})"
        return [
            Item(what="docker", there=True, detail=version, needed=False),
            _compose(),
            _images(client, file),
            _limits(info),
        ]


def _compose() -> Item:
    try:
        command = compose_command()
    except HarnessError as error:
        return Item(what="docker compose", there=False, detail=str(error), needed=False)
    detail = f"{command.version}  ({' '.join(command.argv)})"
    return Item(what="docker compose", there=True, detail=detail, needed=False)


def _images(client: "docker.DockerClient", file: Path) -> Item:
    # Only now: the client of Docker is a large library.
    from harness.images import refuse_stale

    what = "docker images"
    if not file.exists():
        detail = f"there is no {file} here: it is in a checkout of the project"
        return Item(what=what, there=False, detail=detail, needed=False)
    project = Compose(project="doctor", folder=file.absolute().parent, files=(file.absolute(),))
    try:
        wanted = sorted(set(asyncio.run(project.images())))
        refuse_stale(client, wanted)
    except HarnessError as error:
        return Item(what=what, there=False, detail=str(error), needed=False)
    absent = absent_images(client, wanted)
    detail = str(image_missing(absent)) if absent else ", ".join(wanted)
    return Item(what=what, there=not absent, detail=detail, needed=False)


def _limits(info: dict[str, Any]) -> Item:
    wanted = {"CPU": "CpuCfsQuota", "memory": "MemoryLimit"}
    missing = [name for name, field in wanted.items() if not info[field]]
    detail = "CPU and memory of a container can be limited"
    if missing:
        detail = f"the kernel does not limit the {' and '.join(missing)} of a container"
    return Item(what="docker limits", there=not missing, detail=detail, needed=False)


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
