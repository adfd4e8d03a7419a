"""As many connections as the guide's formulas allow, opened at once past the pool: how many of them are refused."""

import asyncio
from contextlib import AsyncExitStack

import psycopg

from chaos.by_companion import direct_url
from chaos.polling import until
from chaos.pooling import pool_parameter
from harness.pool_plan import RESERVED, planned, shared_out
from harness.prober import Prober
from harness.stack import Role

FLEETS = (3, 4, 5)
GUIDE_FLEET = 5
"""The guide's example of its first formula: "100 max connections, 5 instances = 20 per instance"."""

AT_ONCE = 10
A_FEW = 3
CONNECTED = "select count(*) from pg_stat_activity where backend_type = 'client backend'"


async def refused_of(url: str, wanted: int) -> tuple[int, str]:
    """Opens so many connections at once; how many were refused, and in which words the first."""
    async with AsyncExitStack() as stack:
        words: list[str] = []

        async def open_one() -> None:
            try:
                connection = await psycopg.AsyncConnection.connect(url, autocommit=True, prepare_threshold=None)
            except psycopg.OperationalError as error:
                words.append(str(error).strip().rpartition("FATAL:")[2].strip())
            else:
                stack.push_async_callback(connection.close)

        for begin in range(0, wanted, AT_ONCE):
            await asyncio.gather(*(open_one() for _ in range(min(AT_ONCE, wanted - begin))))
        return len(words), words[0] if words else "none is refused"


async def open_as_planned(prober: Prober) -> None:
    (database,) = prober.stack.members(Role.DB)
    url = direct_url(prober.inside, database)
    ((shown,),) = await prober.sql("show max_connections")
    most = int(shown)
    ((usual,),) = await prober.sql(CONNECTED)

    async def all_have_left() -> bool:
        ((connected,),) = await prober.sql(CONNECTED)
        return int(connected) <= int(usual) + A_FEW

    async def saw_refused(of: str, case: str, wanted: int) -> None:
        # A server's process ends a little after its client has closed.
        await until("the last connections' end", all_have_left)
        count, words = await refused_of(url, wanted)
        prober.saw(of, f"{case}: {wanted} connections", count, "refused", words)

    for instances in FLEETS:
        plan = planned(most, instances)
        case = f"{instances} instances with {plan.per_instance} each"
        await saw_refused("planned", case, plan.total)
        await saw_refused("deploying", f"{case}, and one more", plan.while_deploying(1))
        await saw_refused("replacing", f"{case}, twice", plan.while_deploying(instances))
    await saw_refused("reserve", "all that is not reserved, and what is", most - RESERVED)
    first = shared_out(most, GUIDE_FLEET)
    await saw_refused("first-formula", f"{GUIDE_FLEET} instances with {first} each", GUIDE_FLEET * first)
    await saw_refused("beyond", f"{GUIDE_FLEET} instances with {first + 1} each", GUIDE_FLEET * (first + 1))
    second = planned(most, GUIDE_FLEET)
    detail = f"{first} of {most} by the first, {second.per_instance} by the second"
    prober.saw("formulas-differ-by", f"{GUIDE_FLEET} instances", first - second.per_instance, "connections", detail)
    here = planned(most, len(prober.stack.members(Role.APP)))
    own = pool_parameter(prober, "connection_limit")
    detail = f"connection_limit is {own}, the plan for {here.instances} instances {here.per_instance}"
    prober.saw("own-share", "the instances here", own / here.per_instance, detail=detail)
