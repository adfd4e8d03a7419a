"""Somebody with data of every kind is erased; then the word that was in all of it is looked for everywhere."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import redis.asyncio

from chaos.canaries import plant, traces_in_files, traces_in_sql
from harness.checks.observed import Observed
from harness.errors import InconclusiveError
from harness.probe import probe
from harness.prober import Prober

FINISH_S = 40.0


async def ask(prober: Prober) -> None:
    ada, bob = await plant(prober)
    folder = Path(prober.environment["UPLOAD_DIR"])
    rows = await prober.sql("select stored_as from uploads where owner_id = %s", ada.account.id)
    names = [name.hex for (name,) in rows]
    prober.saw("traces-before", "Postgres", len(await traces_in_sql(prober, ada.canary)), "tables")
    prober.saw("traces-before", "Redis", len(await traces_in_cache(prober, ada.canary)), "keys")
    prober.saw("traces-before", "uploads", sum((folder / name).exists() for name in names), "files")
    wish = {"password": ada.account.password}
    answer = await prober.http.post("/privacy/erasure", json=wish, headers=ada.account.headers)
    prober.saw("erasure-status", "POST /privacy/erasure", answer.status_code)
    await look(prober, ada.canary, folder, names, "at once")
    prober.saw("seconds-to-finish", "all copies", await finished(prober, ada.account.id), "s")
    await look(prober, ada.canary, folder, names, "when finished")
    token = await prober.http.get("/users/me", headers=ada.account.headers)
    prober.saw("let-in-afterwards", "her token", token.status_code)
    again = {"refresh_token": ada.account.answer["refresh_token"]}
    prober.saw(
        "let-in-afterwards", "her refresh token", (await prober.http.post("/auth/refresh", json=again)).status_code
    )
    password = {"email": ada.account.email, "password": ada.account.password}
    prober.saw("let-in-afterwards", "her password", (await prober.http.post("/auth/login", json=password)).status_code)
    prober.saw("others-left", "Bob", len(await traces_in_sql(prober, bob.canary)), "tables")
    kept = await prober.sql("select count(*) from audit_log where subject_id = %s", ada.account.id)
    prober.saw("audit-entries-kept", "by her id", kept[0][0], "entries")


async def look(prober: Prober, canary: str, folder: Path, names: list[str], when: str) -> None:
    tables = await traces_in_sql(prober, canary)
    prober.saw("traces-in-database", when, len(tables), "tables", ", ".join(tables))
    keys = await traces_in_cache(prober, canary)
    prober.saw("traces-in-cache", when, len(keys), "keys", ", ".join(keys))
    files = [name for name in names if (folder / name).exists()] + await traces_in_files(folder, canary)
    prober.saw("traces-in-uploads", when, len(files), "files", ", ".join(files))
    await asyncio.to_thread(prober.inside.logs_are_written)
    logs = await traces_in_files(prober.folder / "logs", canary)
    prober.saw("traces-in-logs", when, len(logs), "logs", ", ".join(logs))


async def traces_in_cache(prober: Prober, word: str) -> list[str]:
    """The keys whose name or value holds the word."""
    found = []
    async with redis.asyncio.Redis.from_url(prober.environment["REDIS_URL"]) as client:
        async for key in client.scan_iter(count=1000):
            value = await value_of(client, key)
            if word.encode() in key or word in repr(value):
                found.append(key.decode(errors="replace"))
    return found


async def value_of(client: Any, key: bytes) -> object:
    kind = (await client.type(key)).decode()
    readers: dict[str, Callable[[], Awaitable[object]]] = {
        "string": lambda: client.get(key),
        "hash": lambda: client.hgetall(key),
        "list": lambda: client.lrange(key, 0, -1),
        "set": lambda: client.smembers(key),
        "zset": lambda: client.zrange(key, 0, -1),
        "stream": lambda: client.xrange(key),
    }
    if kind == "none":
        return None
    if kind not in readers:
        raise InconclusiveError(f"a key in Redis is a {kind}, which this probe cannot read")
    return await readers[kind]()


async def finished(prober: Prober, user_id: int) -> float:
    began = time.monotonic()
    query = "select count(*) from erasures where user_id = %s and state = 'finished'"
    while (await prober.sql(query, user_id))[0][0] == 0:
        if time.monotonic() - began > FINISH_S:
            break
        await asyncio.sleep(0.2)
    return round(time.monotonic() - began, 1)


PROBE = probe(
    title="After an erasure nothing of the person is left, and everything of the others is",
    ask=ask,
    expect=(
        Observed(of="traces-before", at_least=1, cases=3),
        Observed(of="erasure-status", equals=202),
        Observed(of="traces-in-database", equals=0, cases=2),
        Observed(of="traces-in-cache", equals=0, cases=2),
        Observed(of="traces-in-uploads", equals=0, cases=2),
        Observed(of="traces-in-logs", equals=0, cases=2),
        Observed(of="seconds-to-finish", at_most=30),
        Observed(of="let-in-afterwards", equals=401, cases=3),
        Observed(of="others-left", at_least=5),
        Observed(of="audit-entries-kept", at_least=1),
    ),
    claims=("GDPR-ERASE",),
)
