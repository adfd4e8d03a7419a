"""The guide's three indexes are there and used at a million rows; and what it costs to be without each."""

from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import NamedTuple

import httpx

from chaos.plans import ROWS, Plan, PlanLog, explaining
from harness.checks.observed import Observed
from harness.errors import InconclusiveError
from harness.probe import probe
from harness.prober import Account, Prober

# Foreign keys are not looked up and no trigger runs: the rows are good by the way they are made. The full-text
# indexes are no part of the claim, and would take longer than all the rest.
FILL = (
    "set session_replication_role = replica",
    "drop index if exists idx_post_search, idx_user_search",
    "insert into users (email, name, password_hash)"
    f" select 'u' || n || '@rows.test', 'u' || n, '' from generate_series(1, {ROWS}) n",
    "insert into posts (author_id, body, created_at) select (select min(id) from users), 'p',"
    f" now() - n * interval '1 second' from generate_series(1, {ROWS}) n",
    "insert into conversations select from generate_series(1, 1000)",
    "insert into messages (conversation_id, sender_id, body, created_at) select 1 + n % 1000,"
    f" (select min(id) from users), 'm', now() - n * interval '1 second' from generate_series(1, {ROWS}) n",
    "insert into conversation_participants (conversation_id, user_id) values (1, (select min(id) from users))",
    "vacuum analyze users, posts, messages, conversations, conversation_participants",
)


class Use(NamedTuple):
    """An index, its table, and a request that needs it."""

    name: str
    table: str
    ask: Callable[[Prober, Account], Awaitable[httpx.Response]]


async def log_in(prober: Prober, me: Account) -> httpx.Response:
    # Nobody's password, so that no session is made; the account is looked up all the same.
    return await prober.http.post("/auth/login", json={"email": f"u{ROWS // 2}@rows.test", "password": "x"})


async def read_feed(prober: Prober, me: Account) -> httpx.Response:
    # A page that is cached nowhere.
    return await prober.http.get("/feed", params={"cursor": await a_cursor(prober, me)}, headers=me.headers)


async def read_messages(prober: Prober, me: Account) -> httpx.Response:
    return await prober.http.get("/conversations/1/messages", headers=me.headers)


USES = (
    Use("idx_user_email", "users", log_in),
    Use("idx_post_created", "posts", read_feed),
    Use("idx_message_conversation", "messages", read_messages),
)


async def ask(prober: Prober) -> None:
    me = await prober.register()
    definitions = dict(await prober.sql("select indexname, indexdef from pg_indexes where schemaname = 'public'"))
    for use in USES:
        prober.saw("index-exists", use.name, use.name in definitions, detail=definitions.get(use.name, "absent"))
    started = perf_counter()
    async with prober.database() as database:
        for statement in FILL:
            await database.execute(statement.encode())
    prober.say(f"3 × {ROWS:,} rows in {perf_counter() - started:.0f} s")
    plans = PlanLog(prober)
    for use in USES:
        with_it = await run(prober, me, use, plans)
        prober.saw("index-used", use.name, ", ".join(sorted(with_it.indexes & {use.name})) or "none")
        prober.saw("index-blocks", use.name, with_it.buffers, "blocks", detail=f"read whole: {with_it.scanned or None}")
        if use.name not in definitions:
            continue
        await prober.sql(f"drop index {use.name}")
        began = perf_counter()
        without = await run(prober, me, use, plans)
        took = perf_counter() - began
        await prober.sql(definitions[use.name])
        ratio = round(without.buffers / max(with_it.buffers, 1), 1)
        prober.saw(
            "cost-without",
            use.name,
            ratio,
            "times",
            detail=f"{with_it.buffers} blocks with it, {without.buffers} and {took * 1000:.0f} ms without",
        )


async def run(prober: Prober, me: Account, use: Use, plans: PlanLog) -> Plan:
    """The plan of the request's query on the table."""
    plans.skip()
    answer = await use.ask(prober, me)
    if answer.status_code not in (200, 401):
        raise InconclusiveError(
            f"{use.name}: the request that needs it was answered {answer.status_code}: {answer.text}"
        )
    return await plans.next(use.table)


async def a_cursor(prober: Prober, me: Account) -> str:
    answer = await prober.http.get("/feed", params={"limit": 1}, headers=me.headers)
    return str(answer.json()["next_cursor"])


PROBE = probe(
    title="The guide's indexes are there, and used at a million rows",
    ask=ask,
    expect=(
        Observed(of="index-exists", equals=1, cases=3),
        Observed(of="index-used", among=tuple(use.name for use in USES), cases=3),
        Observed(of="index-blocks", at_most=200, cases=3),
        Observed(of="cost-without", at_least=20, cases=3),
    ),
    claims=("PERF-INDEX",),
    on=explaining,
)
