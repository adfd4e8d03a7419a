"""No text that a client sends is ever read as SQL: a few hundred attempts on every text that any route takes.

Each attempt closes one kind of quoting and then tries one thing. Whether it worked is seen three ways: in the answer
(another person's address or hash, a server's error), in the time (an answer that comes seconds late slept in the
database), and in the tables, whose rows are counted before and after.
"""

import asyncio
import re
from collections.abc import Iterator
from time import perf_counter
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx

from harness.checks.observed import Observed
from harness.probe import probe
from harness.prober import PASSWORD, Account, Prober

SLEEP_S = 4
AT_ONCE = 8
SECRET = "canary-of-somebody-else"

CLOSE = ("", "'", '"', "')", "'))", "\\'", "%' ", "$$", "]", "*/")
TRY = (
    " or 1=1",
    " or 'a'='a",
    " and 1=cast((select password_hash from users limit 1) as int)",
    " union select email, password_hash, bio from users",
    " union all select null, null, null, null, null, null",
    "||(select email from users limit 1)",
    "; update users set role = 'admin'",
    "; delete from posts",
    "; drop table messages cascade",
    "; insert into likes select p.id, u.id from posts p, users u",
    f"; select pg_sleep({SLEEP_S})",
    f"||(select pg_sleep({SLEEP_S}))",
    f" and 1=(select 1 from pg_sleep({SLEEP_S}))",
    "; copy users to '/tmp/probe'",
)
OPEN = ("--", "")
# What a search reads as operators of its own.
WORDS = ("a & | b", "!!!", ":*", "a <-> b", "\\", "%%", "__", "{}", "%s", "%(a)s", "\u02bc or 1=1", "\uff07 or 1=1")


class Place(NamedTuple):
    """One text that an operation takes."""

    method: str
    path: str
    where: str
    name: str
    others: dict[str, Any]
    every: int = 1
    """One attempt in so many is made here: where each is dear, or none gets far."""

    @property
    def is_for_staff(self) -> bool:
        return self.path.startswith("/admin/")


async def ask(prober: Prober) -> None:
    document = (await prober.http.get("/openapi.json")).json()
    victim, me = await prober.register(name="Victim"), await prober.register(name="Mallory")
    # Whoever else is asked refuses at the door, and looks at no text.
    staff = await prober.register(name="Oscar", role="admin")
    await prober.http.patch("/users/me", json={"bio": SECRET}, headers=victim.headers)
    # What the ids in paths lead to.
    await prober.http.post("/posts", json={"body": "a post"}, headers=me.headers)
    await prober.http.post("/conversations", json={"participant_ids": [victim.id]}, headers=me.headers)
    attempts = list(payloads())
    for place in places(document):
        before = await rows(prober)
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(
            text: str, place: Place = place, gate: asyncio.Semaphore = gate
        ) -> tuple[str, httpx.Response, float]:
            async with gate:
                started = perf_counter()
                answer = await send(prober, place, text, staff if place.is_for_staff else me)
                return text, answer, perf_counter() - started

        answers = await asyncio.gather(*(one(text) for text in attempts[:: place.every]))
        made = sum(answer.status_code in (200, 201) for _, answer, _ in answers)
        judge(prober, place, answers, victim)
        changed = {
            table: count - before[table] for table, count in (await rows(prober)).items() if count != before[table]
        }
        extra = surplus(place, changed, made)
        prober.saw("rows-changed", f"{place.method} {place.path} {place.name}", len(extra), "tables", detail=str(extra))
    admins = await prober.sql(f"select count(*) from users where role <> 'user' and id <> {int(staff.id)}")
    prober.saw("roles-changed", "all accounts", admins[0][0], "accounts")


def judge(prober: Prober, place: Place, answers: list[tuple[str, httpx.Response, float]], victim: Account) -> None:
    case = f"{place.method} {place.path} {place.name}"
    errors = [text for text, answer, _ in answers if answer.status_code >= 500]
    prober.saw("server-errors", case, len(errors), f"of {len(answers)}", detail=repr(errors[:2]))
    # Who logs in has read the text before saying 401.
    refused = (403, 429) if place.path.startswith("/auth/") else (401, 403, 429)
    inside = sum(answer.status_code not in refused for _, answer, _ in answers)
    prober.saw("beyond-the-door", case, inside, f"of {len(answers)}")
    # Staff may see whose account it is.
    secret = SECRET if place.is_for_staff else victim.email
    leaks = [text for text, answer, _ in answers if secret in answer.text or "$argon2" in answer.text]
    prober.saw("foreign-data", case, len(leaks), f"of {len(answers)}", detail=repr(leaks[:2]))
    text, _, seconds = max(answers, key=lambda answer: answer[2] if "pg_sleep" in answer[0] else 0.0)
    prober.saw("slept", case, round(seconds, 3), "s", detail=repr(text))


def payloads() -> Iterator[str]:
    """Every way to close, with everything to try, with every way to end."""
    for close in CLOSE:
        for what in TRY:
            for rest in OPEN:
                yield f"x{close}{what}{rest}"
    yield from WORDS


def places(document: dict[str, Any]) -> Iterator[Place]:
    """Every text in a path, a query or a body."""
    for path, methods in document["paths"].items():
        # What /ai takes goes to another service; registering makes accounts, each with a hash that is slow on purpose.
        if path.startswith("/ai/") or path == "/auth/register":
            continue
        for method, operation in methods.items():
            needed = {
                each["name"]: "a" for each in operation["parameters"] if each["in"] == "query" and each["required"]
            }
            for each in operation["parameters"]:
                yield Place(
                    method.upper(), path, each["in"], each["name"], needed, every=1 if each["name"] == "q" else 16
                )
            texts = text_fields(document, operation)
            hashes = any("password" in name for name in texts)
            for name in texts:
                if "password" not in name:
                    others = {other: PASSWORD for other in texts if "password" in other}
                    yield Place(method.upper(), path, "body", name, others, every=16 if hashes else 3)


def text_fields(document: dict[str, Any], operation: dict[str, Any]) -> list[str]:
    """The fields of a JSON body that are texts."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return []
    fields = document["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]["properties"]
    return [
        name for name, kind in fields.items() if any(one.get("type") == "string" for one in kind.get("anyOf", [kind]))
    ]


async def send(prober: Prober, place: Place, text: str, me: Account) -> httpx.Response:
    """One attempt."""
    path = place.path
    if place.where == "path":
        path = path.replace(f"{{{place.name}}}", "1" + quote(text, safe=""))
    params = {**place.others, place.name: text} if place.where == "query" else None
    body = {**place.others, place.name: text} if place.where == "body" else None
    # Ids are of things that are there: the first of each kind.
    path = re.sub("{.*?}", "1", path)
    return await prober.http.request(place.method, path, params=params, json=body, headers=me.headers)


async def rows(prober: Prober) -> dict[str, int]:
    """How many rows each table has."""
    tables = await prober.sql("select tablename from pg_tables where schemaname = 'public' order by 1")
    counts = " union all ".join(f"select '{name}', count(*) from {name}" for (name,) in tables)
    return dict(await prober.sql(counts))


# What a route that takes text as text may add: a row for each that it took.
ADDS = {
    "/posts": ("posts",),
    "/posts/{id}/comments": ("comments",),
    "/conversations/{id}/messages": ("messages", "notifications"),
}


def surplus(place: Place, changed: dict[str, int], made: int) -> dict[str, int]:
    """The changes that the text as such does not explain."""
    may_add = ADDS.get(place.path, ()) if place.method == "POST" else ()
    left = {table: count for table, count in changed.items() if table not in may_add or count != made}
    if place.is_for_staff:
        # What staff look at is noted, for each whose data it was.
        left.pop("audit_log", None)
    return left


PROBE = probe(
    title="No SQL injection",
    ask=ask,
    expect=(
        Observed(of="beyond-the-door", at_least=1, cases=25),
        Observed(of="server-errors", equals=0, cases=25),
        Observed(of="foreign-data", equals=0, cases=25),
        Observed(of="slept", at_most=SLEEP_S * 0.9, cases=25),
        Observed(of="rows-changed", equals=0, cases=25),
        Observed(of="roles-changed", equals=0),
    ),
    claims=("SEC-SQLI",),
)
