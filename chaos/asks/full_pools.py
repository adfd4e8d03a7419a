"""The instances' pools, filled with queries that wait for a lock: who is refused, who is served, and how soon."""

import asyncio
from contextlib import AsyncExitStack
from typing import NamedTuple, Self

import httpx
import msgspec

from chaos.polling import until
from chaos.pooling import PATIENCE_S, Timed, pool_parameter, timed
from harness.clock import nanoseconds, now
from harness.prober import Prober
from harness.stack import Role
from harness.stacks.plan import StackPlan

INSTANCES, CONNECTIONS, POOL_TIMEOUT_S = 3, 5, 1
QUERY_S = 5.0
"""After which the target ends a query that does not end by itself; it first asks the database to, for a second."""

REFUSED_EACH = 5
GUIDE_POOL_TIMEOUT_S = 20
STEADY_S = 2.5
"""Of quiet, before and after: long enough to be sampled."""

TABLE = "preferences"
LOCKED = "/users/me/preferences"
WAITING = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"


def small_pools(plan: StackPlan) -> StackPlan:
    """With PgBouncer's 25 server connections there are more than the instances can fill: it is their own pools that
    are full, and their health checks get through.
    """
    return msgspec.structs.replace(
        plan, instances=INSTANCES, connection_limit=CONNECTIONS, pool_timeout_s=POOL_TIMEOUT_S
    )


class Asked(NamedTuple):
    """One instance, asked past the balancer."""

    name: str
    http: httpx.AsyncClient
    headers: dict[str, str]

    @classmethod
    async def all_of(cls, prober: Prober, stack: AsyncExitStack) -> list[Self]:
        headers = (await prober.register()).headers
        return [
            cls(
                member,
                await stack.enter_async_context(
                    httpx.AsyncClient(base_url=prober.instance_url(member), timeout=PATIENCE_S, trust_env=False)
                ),
                headers,
            )
            for member in prober.stack.members(Role.APP)
        ]

    async def get(self, path: str) -> Timed:
        return await timed(self.http.get(path, headers=self.headers))


async def before(prober: Prober) -> None:
    async with AsyncExitStack() as stack:
        instances = await Asked.all_of(prober, stack)
        await serves(prober, instances, "usual")
        await asyncio.sleep(STEADY_S)


async def serves(prober: Prober, instances: list[Asked], of: str) -> None:
    """As many requests at once as there are connections, of what will be locked."""
    asked = [instance for instance in instances for _ in range(CONNECTIONS)]
    answers = await asyncio.gather(*(instance.get(LOCKED) for instance in asked))
    for instance, answer in zip(asked, answers, strict=True):
        prober.saw(f"{of}-status", instance.name, answer.status)
        prober.saw(of, instance.name, answer.seconds, "s")


async def during(prober: Prober) -> None:
    async with AsyncExitStack() as stack:
        instances = await Asked.all_of(prober, stack)
        account = instances[0].headers
        made = await prober.http.post("/posts", json={"body": "Who reads this needs a connection"}, headers=account)
        page = f"/posts/{made.json()['id']}/page"
        # The one answer that needs no database: from now on it is in the cache.
        await prober.http.get("/feed", headers=account)
        held = [asyncio.create_task(one.get(LOCKED)) for one in instances for _ in range(CONNECTIONS)]
        await until("the instances' pools being full", lambda: wait_for_the_lock(prober, len(held)))
        refusals = asyncio.create_task(refused(prober, instances, page))
        await cached(prober, instances, refusals)
        await refusals
        for instance, answer in zip(instances, await asyncio.gather(*held), strict=False):
            prober.saw("held-status", instance.name, answer.status)
            prober.saw("held", instance.name, answer.seconds, "s")
        for instance in instances:
            answer = await instance.get(page)
            prober.saw("others-status", instance.name, answer.status)
            prober.saw("others", instance.name, answer.seconds, "s")


async def wait_for_the_lock(prober: Prober, most: int) -> bool:
    return int((await prober.sql(WAITING))[0][0]) >= most


async def refused(prober: Prober, instances: list[Asked], page: str) -> None:
    asked = [instance for instance in instances for _ in range(REFUSED_EACH)]
    answers = await asyncio.gather(*(instance.get(page) for instance in asked))
    for instance, answer in zip(asked, answers, strict=True):
        prober.saw("refused-status", instance.name, answer.status)
        prober.saw("refused", instance.name, answer.seconds, "s")
        prober.saw("retry-after", instance.name, answer.retry_after or "none")
    waited = min(answer.seconds for answer in answers)
    share = waited / pool_parameter(prober, "pool_timeout")
    detail = f"who gets no connection waits {share:.2f} of pool_timeout, {waited:.2f} s here"
    prober.saw("guide-wait", f"pool_timeout={GUIDE_POOL_TIMEOUT_S}", share * GUIDE_POOL_TIMEOUT_S, "s", detail)


async def cached(prober: Prober, instances: list[Asked], meanwhile: asyncio.Task[None]) -> None:
    """Asked for as long as others wait, but no longer than the first queries may take."""
    end = now() + nanoseconds(QUERY_S - 2)
    while not meanwhile.done() and now() < end:
        for instance in instances:
            answer = await instance.get("/feed")
            prober.saw("cached-status", instance.name, answer.status)
            prober.saw("cached", instance.name, answer.seconds, "s")
            prober.saw("ready-status", instance.name, (await instance.get("/health/ready")).status)
        await asyncio.sleep(0.1)


async def after(prober: Prober) -> None:
    async with AsyncExitStack() as stack:
        await serves(prober, await Asked.all_of(prober, stack), "recovered")
        await asyncio.sleep(STEADY_S)
