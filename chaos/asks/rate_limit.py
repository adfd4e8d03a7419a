"""How many requests of one client pass, on all instances together: with one of them dead, and without Redis."""

import asyncio
from collections import Counter

import httpx
import msgspec

from chaos.polling import seconds_until
from harness.prober import Prober
from harness.stack import Role
from harness.stacks.plan import StackPlan

LIMIT = 100
INSTANCES = 3
HALF = LIMIT // 2
AT_ONCE = 30
FEW = LIMIT // 20
PATIENCE_S = 30.0
PASSED, REFUSED = httpx.codes.OK, httpx.codes.TOO_MANY_REQUESTS
NO_ANSWER = 0

# Clients of addresses of their own. The second begins while all instances live, and goes on when one is dead.
WHOLE, BEGUN, AFTER_A_DEATH, WITHOUT_REDIS, BACK = (f"127.0.4.{number}" for number in range(1, 6))


def guides_limit(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, rate_limit=f"{LIMIT}/minute", instances=INSTANCES)


async def ask_all(prober: Prober) -> None:
    passed, _ = await passed_of(prober, WHOLE, LIMIT + HALF)
    prober.saw("passed-of-one-limit", "three instances", passed, "requests")
    passed, _ = await passed_of(prober, BEGUN, HALF)
    prober.saw("passed-before", "a client that has half of it left", passed, "requests")


async def ask_the_others(prober: Prober) -> None:
    """With an instance dead: what it has let through still counts."""
    passed, _ = await passed_of(prober, BEGUN, LIMIT + HALF)
    prober.saw("passed-of-one-limit", "half before one instance was killed, and half after", HALF + passed, "requests")
    passed, _ = await passed_of(prober, AFTER_A_DEATH, LIMIT + HALF)
    prober.saw("passed-of-one-limit", "two instances", passed, "requests")


async def ask_without_redis(prober: Prober) -> None:
    passed, refused = await passed_of(prober, WITHOUT_REDIS, 2 * INSTANCES * LIMIT)
    prober.saw("passed-without-redis", "each instance counts for itself", passed, "requests")
    prober.saw("refused-without-redis", "each instance counts for itself", refused, "requests")


async def ask_again(prober: Prober) -> None:
    """Once every instance trusts Redis again, which is half a second after it is back."""
    waited = await seconds_until(lambda: all_trust_redis(prober), PATIENCE_S / 2)
    prober.saw("seconds-until-redis-is-trusted", "all instances", waited, "s")
    passed, _ = await passed_of(prober, BACK, LIMIT + HALF)
    prober.saw("passed-of-one-limit", "Redis is back", passed, "requests")


async def passed_of(prober: Prober, address: str, count: int) -> tuple[int, int]:
    """One client, through the balancer: how many of its requests were answered, and how many refused.

    A request that the balancer sent to a dead instance, over a connection that it had open, may get no answer: the
    balancer hangs up, so that the client asks again. It was counted by nobody.
    """
    turns = asyncio.Semaphore(AT_ONCE)
    statuses: Counter[int] = Counter()
    # One that anybody may ask, and that is limited.
    async with prober.client(address=address) as client:

        async def ask() -> None:
            async with turns:
                try:
                    statuses[(await client.get("/privacy/format")).status_code] += 1
                except httpx.TransportError:
                    statuses[NO_ANSWER] += 1

        await asyncio.gather(*(ask() for _ in range(count)))
    others = count - statuses[PASSED] - statuses[REFUSED]
    prober.saw("neither-passed-nor-refused", address, others, "requests", detail=str(dict(statuses)))
    return statuses[PASSED], statuses[REFUSED]


async def all_trust_redis(prober: Prober) -> bool:
    members = prober.stack.members(Role.APP)
    answers = [await prober.http.get(f"{prober.instance_url(member)}/health/ready") for member in members]
    return all(answer.json()["checks"]["cache"] == "ok" for answer in answers)
