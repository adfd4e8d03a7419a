"""Lists go on for ever at one price: the thousandth page costs what the first does, and gives each row once."""

import asyncio
import json
from collections import Counter
from contextlib import suppress
from time import monotonic
from typing import Any

from chaos.plans import PlanLog, explaining
from harness.checks.observed import Observed
from harness.errors import InconclusiveError
from harness.probe import probe
from harness.prober import Account, Prober
from harness.stack import Role

PAGES = 1_000
LIMIT = 20
ROWS = PAGES * LIMIT + LIMIT
# Every 16 rows share a moment, and so do the ends of most pages: only a second key tells their rows apart.
FILL = (
    "insert into posts (author_id, body, created_at) select {me}, 'row ' || n,"
    f" now() - interval '1 minute' - (n / 16) * interval '1 microsecond' from generate_series(1, {ROWS}) n",
    "insert into messages (conversation_id, sender_id, body, created_at) select {talk}, {me}, 'row ' || n,"
    f" now() - interval '1 minute' - (n / 16) * interval '1 microsecond' from generate_series(1, {ROWS}) n",
    "vacuum analyze posts, messages",
)
# A writer puts a row on top of the list about as often as a page is read.
PAUSE_S = 0.02
LOCKED_S = 0.6
PATIENCE_S = 5.0


async def ask(prober: Prober) -> None:
    me, other = await prober.register(), await prober.register(name="Bob")
    talk = await prober.http.post("/conversations", json={"participant_ids": [other.id]}, headers=me.headers)
    for statement in FILL:
        await prober.sql(statement.format(me=me.id, talk=talk.json()["id"]))
    await walk(prober, me, "posts", "/feed", "/posts")
    messages = f"/conversations/{talk.json()['id']}/messages"
    await walk(prober, me, "messages", messages, messages)
    await slow_query(prober, me)


async def walk(prober: Prober, me: Account, table: str, path: str, write_to: str) -> None:
    """All pages of a list, while rows are written on top of it."""
    written = 0

    async def write_on() -> None:
        nonlocal written
        while True:
            answer = await prober.http.post(write_to, json={"body": "on top"}, headers=me.headers)
            written += answer.status_code == 201
            await asyncio.sleep(PAUSE_S)

    writer = asyncio.create_task(write_on())
    plans = PlanLog(prober)
    seen: Counter[str] = Counter()
    # The first page may come from the cache; the second is the first that surely costs a query.
    costs: dict[int, int] = {}
    params: dict[str, str | int] = {"limit": LIMIT}
    number = 0
    try:
        while True:
            number += 1
            plans.skip()
            answer = await prober.http.get(path, params=params, headers=me.headers)
            if answer.status_code != 200:
                raise InconclusiveError(f"page {number} of {path}: {answer.status_code} {answer.text[:200]}")
            if number in (2, 10, 100, PAGES):
                costs[number] = (await plans.next(table)).buffers
            page: dict[str, Any] = answer.json()
            seen.update(item["body"] for item in page["items"] if item["body"] != "on top")
            if page["next_cursor"] is None:
                break
            params["cursor"] = page["next_cursor"]
    finally:
        writer.cancel()
        with suppress(asyncio.CancelledError):
            await writer
    missing = [f"row {n}" for n in range(1, ROWS + 1) if f"row {n}" not in seen]
    twice = [row for row, times in seen.items() if times > 1]
    prober.saw("written-meanwhile", table, written, "rows")
    prober.saw("rows-missing", table, len(missing), "rows", detail=f"of {ROWS:,} on {number:,} pages; {missing[:3]}")
    prober.saw("rows-twice", table, len(twice), "rows", detail=f"of {ROWS:,} on {number:,} pages; {twice[:3]}")
    for page_number, blocks in costs.items():
        case = f"{table}, page {page_number}"
        prober.saw("page-cost", case, round(blocks / costs[2], 2), "× page 2", detail=f"{blocks} blocks")


async def slow_query(prober: Prober, me: Account) -> None:
    """A query that waits for a lock, as a slow one would: it must be in a log, by its name."""
    before = slow_lines(prober)
    async with prober.database() as database, database.transaction():
        await database.execute("lock table posts in access exclusive mode")
        waiting = asyncio.create_task(prober.http.get("/posts/1", headers=me.headers))
        await asyncio.sleep(LOCKED_S)
    await waiting
    new: list[str] = []
    deadline = monotonic() + PATIENCE_S
    # A line that never comes is a figure: none.
    while not new and monotonic() < deadline:
        await asyncio.sleep(0.05)
        new = slow_lines(prober)[len(before) :]
    prober.saw("slow-query-logged", "GET /posts/{id} behind a lock", len(new), "lines", detail="; ".join(new[:2]))


def slow_lines(prober: Prober) -> list[str]:
    lines = prober.logs(prober.stack.members(Role.APP)).splitlines()
    return [line for line in lines if line.startswith("{") and json.loads(line).get("event") == "slow query"]


PROBE = probe(
    title="A thousand pages at one price",
    ask=ask,
    expect=(
        Observed(of="page-cost", at_most=2, cases=8),
        Observed(of="rows-missing", equals=0, cases=2),
        Observed(of="rows-twice", equals=0, cases=2),
        Observed(of="written-meanwhile", at_least=50, cases=2),
        Observed(of="slow-query-logged", at_least=1),
    ),
    claims=("PERF-PAGE",),
    on=explaining,
)
