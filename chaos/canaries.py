"""Data of two people, in every kind that the target keeps, each marked with a word that occurs nowhere else."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import redis.asyncio

from harness.errors import InconclusiveError
from harness.prober import Account, Prober

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


class Planted(NamedTuple):
    """Somebody with data of every kind. `canary` is in each of them that holds text."""

    account: Account
    canary: str


async def plant(prober: Prober) -> tuple[Planted, Planted]:
    """Two people who do the same, also to each other."""
    ada, bob = await newcomer(prober, "ada"), await newcomer(prober, "bob")
    for who, other in ((ada, bob), (bob, ada)):
        await act(prober, who, other)
    return ada, bob


async def newcomer(prober: Prober, name: str) -> Planted:
    canary = f"{name}{uuid.uuid4().hex}"
    return Planted(await prober.register(name=canary), canary)


async def act(prober: Prober, who: Planted, other: Planted) -> None:
    """One of everything, on what is one's own and on what is the other's."""

    async def ask(as_whom: Planted, method: str, path: str, **options: Any) -> Any:
        answer = await prober.http.request(method, path, headers=as_whom.account.headers, **options)
        if not answer.is_success:
            raise InconclusiveError(f"{method} {path} answered {answer.status_code}: {answer.text[:200]}")
        return answer.json() if answer.content else None

    def text(of: Planted, what: str) -> dict[str, str]:
        return {"body": f"{of.canary} {what}"}

    await ask(who, "PATCH", "/users/me", json={"bio": f"{who.canary} bio"})
    post = (await ask(who, "POST", "/posts", json=text(who, "post")))["id"]
    for commentator in (who, other):
        await ask(commentator, "POST", f"/posts/{post}/comments", json=text(commentator, "comment"))
        await ask(commentator, "PUT", f"/posts/{post}/like")
    await ask(who, "PUT", f"/users/{other.account.id}/follow")
    talk = (await ask(who, "POST", "/conversations", json={"participant_ids": [other.account.id]}))["id"]
    for speaker in (who, other):
        await ask(speaker, "POST", f"/conversations/{talk}/messages", json=text(speaker, "message"))
    await ask(who, "PATCH", "/users/me/preferences", json={"theme": "dark"})
    file = {"file": (f"{who.canary}.png", PNG + who.canary.encode(), "image/png")}
    await ask(who, "POST", "/uploads", files=file)
    version = "2026-01"
    await ask(who, "POST", "/privacy/consents", json={"purpose": "terms", "version": version, "granted": True})
    await ask(who, "GET", "/feed")


async def traces_in_sql(prober: Prober, canary: str) -> list[str]:
    """The tables in which some row holds the word, in whatever column."""
    tables = [name for (name,) in await prober.sql("select tablename from pg_tables where schemaname = 'public'")]
    found = []
    for table in tables:
        rows = await prober.sql(f"select count(*) from {table} t where t::text like %s", f"%{canary}%")
        if rows[0][0]:
            found.append(table)
    return found


async def traces_in_files(folder: Path, canary: str) -> list[str]:
    """The files below a folder that hold the word, in their content or in their name."""

    def search() -> list[str]:
        files = [path for path in folder.rglob("*") if path.is_file()]
        return [path.name for path in files if canary in path.name or canary.encode() in path.read_bytes()]

    return await asyncio.to_thread(search)


async def look(prober: Prober, canary: str, folder: Path, names: list[str], when: str) -> None:
    """Says what is left of the word everywhere; `names` are of the files that its owner had in the folder."""
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
