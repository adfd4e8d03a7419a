"""What DATABASE_URL says of TLS is done: processes of the target are started with good and bad ones.

One of them talks to the pool through a relay that keeps what passes: nothing in it may be readable.
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import msgspec
import psycopg

from harness.checks.observed import Observed
from harness.lifeline import die_with_parent
from harness.probe import probe
from harness.prober import Prober
from harness.stacks.plan import StackPlan, Tls
from harness.tools.run import run

COMMAND = (sys.executable, "-m", "target")
PATIENCE_S = 20.0
AT_ONCE = 3
SSL_REQUEST = bytes.fromhex("0000000804d2162f")
HANDSHAKE = 0x16
# What an unencrypted session begins with, and what each query holds.
READABLE = (b"SCRAM-SHA-256", b"user\x00", b"select")
WRONG_USAGE = 2


async def ask(prober: Prober) -> None:
    good = prober.environment["DATABASE_URL"]
    host, port = prober.inside.address("pool")
    async with recording(host, port) as (relay, connections):
        await tell_readiness(prober, "ready-over-tls", "through a relay", moved(good, relay))
    # One that was given up has sent no more than the wish for TLS.
    spoken = [bytes(heard) for heard in connections if len(heard) > len(SSL_REQUEST)]
    for number, heard in enumerate(spoken, start=1):
        case = f"connection {number}, {len(heard)} bytes"
        prober.saw("first-bytes", case, "TLS" if is_tls(heard) else "plain", detail=heard[:16].hex())
        prober.saw("readable-on-the-wire", case, sum(heard.count(word) for word in READABLE), "words")
    free = asyncio.Semaphore(AT_ONCE)

    async def in_turn(work: Coroutine[None, None, None]) -> None:
        async with free:
            await work

    plain = await asyncio.start_server(refuse_tls, "127.0.0.1", 0)
    server = plain.sockets[0].getsockname()[:2]
    refused = [tell_readiness(prober, "ready-in-spite", case, url) for case, url in refusals(good, prober, server)]
    modes = ("disable", "allow", "prefer", None)
    starts = [tell_start(prober, mode, changed(good, sslmode=mode)) for mode in modes]
    async with plain:
        await asyncio.gather(*map(in_turn, (*refused, *starts)))
    for mode in ("disable", "require"):
        prober.saw(f"pool-takes-{mode}", "a connection by hand", await connects(changed(good, sslmode=mode)))


async def refuse_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """As a server of PostgreSQL's protocol does that has none: "N" to the wish for it."""
    with suppress(OSError, asyncio.IncompleteReadError):
        await reader.readexactly(len(SSL_REQUEST))
        writer.write(b"N")
        # Whoever goes on in spite of it would be let in.
        await reader.read()
    writer.close()


def refusals(good: str, prober: Prober, plain: tuple[str, int]) -> list[tuple[str, str]]:
    """URLs with which no connection may come about. `plain` is a server that has no TLS."""
    nobody = str(prober.folder / "nobody.pem")
    root = other_root(prober.folder)
    refused = [
        ("a root certificate that signed nothing here", changed(good, sslrootcert=root)),
        ("a root certificate that is not there", changed(good, sslrootcert=nobody)),
        ("a client's certificate whose key is not there", changed(good, sslcert=root, sslkey=nobody)),
        ("a name that the certificate does not hold", moved(good, ("ip6-localhost.test", 1))),
    ]
    return [*refused, ("a server without TLS", changed(moved(good, plain), sslmode="require", sslrootcert=None))]


def other_root(folder: Path) -> str:
    import trustme

    file = folder / "other-root.pem"
    trustme.CA(organization_name="Another authority").cert_pem.write_to_path(str(file))
    return str(file)


async def tell_readiness(prober: Prober, of: str, case: str, database_url: str) -> None:
    async with target(prober, database_url) as url, httpx.AsyncClient(base_url=url, trust_env=False) as client:
        status = await settled_readiness(client)
    prober.saw(of, case, status)


async def settled_readiness(client: httpx.AsyncClient) -> int | None:
    """The first answer once it serves; None when it never did. Not ready yet counts when it lasts a second."""
    status, refused = None, 0
    async with asyncio.timeout(PATIENCE_S):
        while status != httpx.codes.OK and refused < 4:
            try:
                status = (await client.get("/health/ready")).status_code
                refused += 1
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.3)
    return status


async def tell_start(prober: Prober, mode: str | None, url: str) -> None:
    environment = {**prober.environment, "DATABASE_URL": url, "PORT": "0"}
    outcome = await asyncio.to_thread(run, COMMAND, prober.folder, environment, PATIENCE_S)
    prober.saw("plain-start-status", f"sslmode={mode}", outcome.status, detail=outcome.text)
    prober.saw("refusal-names-it", f"sslmode={mode}", "DATABASE_URL" in outcome.text)


@asynccontextmanager
async def target(prober: Prober, database_url: str) -> AsyncIterator[str]:
    """An instance of its own, beside those of the stack."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    own = {
        "DATABASE_URL": database_url,
        "PORT": str(port),
        "INSTANCE_NAME": "probe",
        "DRAIN_SECONDS": "0",
        "PATH": os.environ.get("PATH", ""),
    }
    log = prober.folder / "logs" / "probe-target.log"
    with log.open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            env={**prober.environment, **own},
            cwd=prober.folder,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            preexec_fn=die_with_parent(),
        )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


@asynccontextmanager
async def recording(host: str, port: int) -> AsyncIterator[tuple[tuple[str, int], list[bytearray]]]:
    """A relay, and what clients sent through it, connection by connection."""
    connections: list[bytearray] = []
    tasks: set[asyncio.Task[None]] = set()

    async def carry(source: asyncio.StreamReader, sink: asyncio.StreamWriter, heard: bytearray | None) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                if heard is not None:
                    heard.extend(data)
                sink.write(data)
                await sink.drain()
        sink.close()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, onwards = await asyncio.open_connection(host, port)
        connections.append(bytearray())
        tasks.add(asyncio.create_task(carry(reader, onwards, connections[-1])))
        tasks.add(asyncio.create_task(carry(there, writer, None)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[:2], connections
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def is_tls(heard: bytes) -> bool:
    return heard[: len(SSL_REQUEST)] == SSL_REQUEST and heard[len(SSL_REQUEST)] == HANDSHAKE


def moved(url: str, address: tuple[str, int]) -> str:
    """The same user and database elsewhere."""
    parts = urlsplit(url)
    user = parts.netloc.rpartition("@")[0]
    return parts._replace(netloc=f"{user}@{address[0]}:{address[1]}").geturl()


def changed(url: str, **parameters: str | None) -> str:
    """Other parameters; None takes one out."""
    parts = urlsplit(url)
    query = {**dict(parse_qsl(parts.query)), **parameters}
    return parts._replace(query=urlencode({name: value for name, value in query.items() if value is not None})).geturl()


async def connects(url: str) -> bool:
    bare = changed(url, connection_limit=None, pool_timeout=None, sslrootcert=None)
    try:
        async with await psycopg.AsyncConnection.connect(bare, prepare_threshold=None):
            return True
    except psycopg.OperationalError:
        return False


def encrypted(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, tls=Tls(), environment="production")


PROBE = probe(
    title="The connection to the database is encrypted as DATABASE_URL says, or there is none",
    ask=ask,
    on=encrypted,
    expect=(
        Observed(of="ready-over-tls", equals=httpx.codes.OK),
        Observed(of="first-bytes", equals="TLS"),
        Observed(of="readable-on-the-wire", equals=0),
        Observed(of="ready-in-spite", equals=httpx.codes.SERVICE_UNAVAILABLE, cases=5),
        Observed(of="plain-start-status", equals=WRONG_USAGE, cases=4),
        Observed(of="refusal-names-it", equals=1, cases=4),
        Observed(of="pool-takes-disable", equals=0),
        Observed(of="pool-takes-require", equals=1),
    ),
    claims=("DB-SSL",),
)
