"""What a call of the AI service costs its caller until the breaker opens, and when it is answered again."""

import asyncio

import httpx

from harness.clock import now, seconds
from harness.prober import Account, Prober
from harness.stack import Role

CHAT = {"messages": [{"role": "user", "content": "Is anybody there?"}]}
PATIENCE_S = 55.0
LOOK_EVERY_S = 0.5
OPEN = httpx.codes.SERVICE_UNAVAILABLE


async def ask_until_open(prober: Prober) -> None:
    """Every instance by its own address, until it refuses."""
    account = await prober.register()
    took = await asyncio.gather(*(_until_refused(prober, account, one) for one in prober.stack.members(Role.APP)))
    prober.saw("breakers-apart", "the first to refuse and the last", max(took) - min(took), "s")


async def ask_until_closed(prober: Prober) -> None:
    """The same, until it is answered well."""
    account = await prober.register()
    await asyncio.gather(*(_until_well(prober, account, one) for one in prober.stack.members(Role.APP)))


async def _until_refused(prober: Prober, account: Account, member: str) -> float:
    began = now()
    async with prober.client(base_url=prober.instance_url(member), headers=account.headers) as client:
        while seconds(now() - began) < PATIENCE_S:
            asked = now()
            answer = await client.post("/ai/chat", json=CHAT)
            took = seconds(now() - asked)
            if answer.status_code == OPEN:
                prober.saw("refused-call", member, took, "s")
                break
            case = f"{member}, until its breaker opened: a call of the service that hangs"
            prober.saw("failing-call", case, took, "s", f"answered {answer.status_code}")
    return seconds(now() - began)


async def _until_well(prober: Prober, account: Account, member: str) -> None:
    began = now()
    async with prober.client(base_url=prober.instance_url(member), headers=account.headers) as client:
        while seconds(now() - began) < PATIENCE_S:
            if (await client.post("/ai/chat", json=CHAT)).status_code == httpx.codes.OK:
                prober.saw("answered-again", member, seconds(now() - began), "s")
                return
            await asyncio.sleep(LOOK_EVERY_S)
    prober.saw("answered-again", member, None, "s")
