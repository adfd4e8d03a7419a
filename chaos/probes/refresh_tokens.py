"""Refresh tokens work once; one that comes back ends everything that came of its login, on every instance."""

import asyncio
from contextlib import AsyncExitStack
from itertools import cycle

import httpx

from harness.checks.observed import Observed
from harness.probe import probe
from harness.prober import Prober
from harness.stack import Role

CHAINS = 5
AT_ONCE = 6
RACES = 10


async def ask(prober: Prober) -> None:
    async with AsyncExitStack() as stack:
        instances = [
            await stack.enter_async_context(prober.client(base_url=prober.instance_url(member)))
            for member in prober.inside.members(Role.APP)
        ]
        for number in range(CHAINS):
            await chain(prober, instances, number)
        for number in range(RACES):
            await race(prober, instances, number)
    await look_into_the_database(prober)


async def chain(prober: Prober, instances: list[httpx.AsyncClient], number: int) -> None:
    """One login, refreshed on one instance after the other; then an old token comes back."""
    turn = cycle(instances[number % len(instances) :] + instances)
    account = await prober.register()
    other = await prober.log_in(account.email, account.password)
    sessions = [account.answer]
    for step in range(3):
        answer = await refresh(next(turn), sessions[-1]["refresh_token"])
        prober.saw("rotated", f"chain {number}, step {step}", answer.status_code, detail=answer.text[:80])
        if answer.status_code != httpx.codes.OK:
            return
        sessions.append(answer.json())
    distinct = len({session["refresh_token"] for session in sessions})
    prober.saw("distinct-tokens", f"chain {number}", distinct)
    # Once it is the one before the newest, as when a thief and its owner meet; then the oldest.
    old = sessions[-2] if number % 2 == 0 else sessions[0]
    reused = await refresh(next(turn), old["refresh_token"])
    prober.saw("reused-token", f"chain {number}", reused.status_code, detail=reused.text[:120])
    for age, session in enumerate(reversed(sessions)):
        answer = await refresh(next(turn), session["refresh_token"])
        prober.saw("family-after-reuse", f"chain {number}, refresh token {age}", answer.status_code)
        for instance in instances:
            status = await feed(instance, session["access_token"])
            prober.saw("family-after-reuse", f"chain {number}, access token {age}, {instance.base_url}", status)
    prober.saw("other-login", f"chain {number}, access token", await feed(next(turn), other.token))
    answer = await refresh(next(turn), other.answer["refresh_token"])
    prober.saw("other-login", f"chain {number}, refresh token", answer.status_code)


async def race(prober: Prober, instances: list[httpx.AsyncClient], number: int) -> None:
    """One token, used many times at once on all instances: one of them gets the next."""
    account = await prober.register()
    token = account.answer["refresh_token"]
    answers = await asyncio.gather(*(refresh(instances[i % len(instances)], token) for i in range(AT_ONCE)))
    statuses = [answer.status_code for answer in answers]
    prober.saw("winners-at-once", f"race {number}", statuses.count(httpx.codes.OK), detail=str(statuses))


async def look_into_the_database(prober: Prober) -> None:
    account = await prober.register()
    token = account.answer["refresh_token"]
    tables = await prober.sql(
        "select quote_ident(table_name) from information_schema.tables"
        " where table_schema = 'public' and table_type = 'BASE TABLE'"
    )
    for (table,) in tables:
        rows = await prober.sql(f"select count(*) from {table} t where strpos(t::text, %s) > 0", token)
        prober.saw("stored-in-clear", table, rows[0][0])


async def refresh(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post("/auth/refresh", json={"refresh_token": token})


async def feed(client: httpx.AsyncClient, access_token: str) -> int:
    return (await client.get("/feed", headers={"Authorization": f"Bearer {access_token}"})).status_code


PROBE = probe(
    title="Refresh tokens work once",
    ask=ask,
    expect=(
        Observed(of="rotated", equals=200, cases=3 * CHAINS),
        Observed(of="distinct-tokens", equals=4, cases=CHAINS),
        Observed(of="reused-token", equals=401, cases=CHAINS),
        Observed(of="family-after-reuse", equals=401, cases=4 * 4 * CHAINS),
        Observed(of="other-login", equals=200, cases=2 * CHAINS),
        Observed(of="winners-at-once", equals=1, cases=RACES),
        Observed(of="stored-in-clear", equals=0, cases=5),
    ),
    claims=("SEC-REFRESH",),
)
