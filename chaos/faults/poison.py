"""poison: inputs of which one might kill the worker that reads it, sent to all. Heal starts what died of it."""

import asyncio
from collections import Counter
from typing import ClassVar
from urllib.parse import urlsplit

import httpx

from chaos.poisons import Reply, poisons, send
from harness.clock import now
from harness.fault import Felt, Gone, InstancesFault, NotFelt
from harness.stack import Harmable

EACH = 2
"""How often each input is sent, for each instance."""


class Poison(InstancesFault, tag="poison", frozen=True):
    """Through the balancer, from somebody who is logged in. Felt when all was sent, and answered or not."""

    patience_s: ClassVar[float] = 120.0
    lasts: ClassVar[bool] = False

    def undo(self) -> str:
        return f"start what died of it among {self.target}"

    async def inject(self, stack: Harmable) -> Felt:
        url = urlsplit(stack.url)
        if url.scheme != "http" or url.hostname is None or url.port is None:
            raise NotFelt(f"poison is sent as it is, without TLS, and {stack.url} has it")
        token = await registered(stack.url)
        began = now()
        replies: list[Reply] = []
        for poison in poisons():
            request = poison.request(token)
            # Together, so that the balancer spreads them.
            replies += await asyncio.gather(
                *(send((url.hostname, url.port), request) for _ in range(EACH * len(self.instances)))
            )
        by_instance = Counter(reply.instance for reply in replies if reply.status)
        if not by_instance:
            raise NotFelt(f"none of {len(replies)} inputs was answered by anybody in front of {self.target}")
        answered = ", ".join(str(by_instance[name]) for name in self.instances)
        evidence = f"{self.target} answered {answered} of {len(replies)} inputs, and the balancer {by_instance['']}"
        return Felt(began, now(), evidence)

    async def heal(self, stack: Harmable) -> Gone:
        for instance in self.instances:
            await stack.start(instance)
        return Gone(now(), f"{self.target} serve")

    async def seen(self, stack: Harmable) -> str | None:
        return None


async def registered(url: str) -> str:
    """The token of somebody new. Raises NotFelt when nobody can register."""
    login = {"email": f"{now()}@poison.test", "password": "correct horse battery staple"}
    try:
        async with httpx.AsyncClient(base_url=url, timeout=10.0, trust_env=False) as client:
            (await client.post("/auth/register", json=login | {"name": "Poison"})).raise_for_status()
            answer = (await client.post("/auth/login", json=login)).raise_for_status()
    except httpx.HTTPError as error:
        raise NotFelt(f"nobody could log in to send anything: {error}") from error
    return str(answer.json()["access_token"])


EXAMPLE = Poison()
"""What the contract test of all faults tries."""
