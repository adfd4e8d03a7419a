"""What the faults of a hop have in common: they are toxics of the fault proxy, put on and taken off by its control.

The control speaks Toxiproxy's API, and the toxics are of its types, so that a Toxiproxy can take the proxy's place.
"""

import asyncio
import math
import random
from typing import ClassVar, Self

import httpx
import msgspec

from chaos import questions
from chaos.questions import Answer
from harness.clock import nanoseconds, now
from harness.errors import StackError, UsageError
from harness.fault import GONE_PATIENCE_S, LOOK_EVERY_S, Fault, Felt, Gone, NotGone
from harness.stack import Harmable, Hop, Proxied, Stack

CONTROL_PATIENCE_S = 5.0
MOST_ASKED = 60
"""New connections at once, where only a share of them is harmed."""


class Toxic(msgspec.Struct, frozen=True, kw_only=True):
    """The body of POST /proxies/{hop}/toxics. A Toxiproxy knows no seed, so it is only sent for a share."""

    name: str
    type: str
    stream: str
    attributes: dict[str, int]
    toxicity: float = 1.0
    seed: int | msgspec.UnsetType = msgspec.UNSET


class Open(msgspec.Struct, frozen=True):
    """A connection that is open through the proxy."""

    toxics: list[str] = []


class Named(msgspec.Struct, frozen=True):
    name: str


class Shown(msgspec.Struct, frozen=True):
    """The answer of GET /proxies/{hop}. A Toxiproxy says nothing of connections."""

    toxics: list[Named]
    connections: list[Open] | None = None


class ProxyFault(Fault, frozen=True):
    """Of a hop, for a `share` of its connections, those that are open included; `seed` says which ones."""

    wants: ClassVar[type[object]] = Proxied
    streams: ClassVar[tuple[str, ...]] = ("downstream",)
    """Which directions are harmed: `upstream` is from the client, `downstream` to it."""

    hop: Hop
    share: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise UsageError(f"a share of {self.share:g} of the connections cannot be harmed", "use 0 < share <= 1")
        self.check()

    def check(self) -> None:
        """Raises UsageError for parameters that are out of range."""

    def harm(self) -> tuple[str, dict[str, int]]:
        """The type of the toxic, and its attributes."""
        raise NotImplementedError

    async def effect(self, stack: Proxied) -> str | None:
        """What a new connection shows of it, in words that follow "a new one"; None when nothing."""
        raise NotImplementedError

    @property
    def hops(self) -> tuple[Hop, ...]:
        return (self.hop,)

    def aimed(self, stack: Stack, draw: random.Random) -> Self:
        if not isinstance(stack, Proxied) or self.hop not in stack.hops():
            raise UsageError(f"this stack has no proxy on {self.hop.value} to harm", "see `harness drills`")
        return msgspec.structs.replace(self, seed=draw.getrandbits(31)) if self.share < 1 else self

    @property
    def target(self) -> str:
        return self.hop.value

    def undo(self) -> str:
        return f"take {self.name} off {self.target}"

    async def inject(self, stack: Harmable) -> Felt:
        assert isinstance(stack, Proxied)
        async with self._control(stack) as control:
            there = {toxic.name for toxic in (await self._shown(control)).toxics}
            asked = now()
            for toxic in self._toxics():
                if toxic.name not in there:
                    _must_be_done(await control.post(self._path("toxics"), content=msgspec.json.encode(toxic)))
            # It is in effect when the request is answered.
            began = (asked + now()) // 2
        return await self.until_felt(stack, began)

    async def heal(self, stack: Harmable) -> Gone:
        assert isinstance(stack, Proxied)
        async with self._control(stack) as control:
            for toxic in self._toxics():
                answer = await control.delete(self._path("toxics", toxic.name))
                if answer.status_code != httpx.codes.NOT_FOUND:
                    _must_be_done(answer)
        deadline = now() + nanoseconds(GONE_PATIENCE_S)
        while (still := await self._still(stack)) is not None:
            if now() > deadline:
                raise NotGone(f"{still}, {GONE_PATIENCE_S:g} s after it was undone: {self.undo()}")
            await asyncio.sleep(LOOK_EVERY_S)
        return Gone(now(), f"{self.target} is as it was: {self.name} is off, and a new connection is answered")

    async def _still(self, stack: Proxied) -> str | None:
        """Why it is not over: another fault of the same hop is no reason."""
        async with self._control(stack) as control:
            shown = await self._shown(control)
        if any(toxic.name in self._names for toxic in shown.toxics):
            return "the toxic is still on"
        if shown.toxics:
            return None
        answer = await questions.short(stack, self.hop, 1.0)
        return None if answer.how is questions.How.ANSWERED else f"a new connection is {answer.how.value}"

    async def seen(self, stack: Harmable) -> str | None:
        assert isinstance(stack, Proxied)
        async with self._control(stack) as control:
            shown = await self._shown(control)
            if not set(self._names) <= {toxic.name for toxic in shown.toxics}:
                return None
            effect = await self._effect_of_some(stack)
            shown = await self._shown(control)
        if effect is None:
            return None
        if shown.connections is None:
            return f"{self.target}: a new connection {effect}"
        feel = sum(set(self._names) <= set(one.toxics) for one in shown.connections)
        if self.share == 1 and feel < len(shown.connections):
            return None
        many = f"{feel} of {len(shown.connections)} open connections feel it"
        return f"{self.target}: {many}, and a new one {effect}"

    async def _effect_of_some(self, stack: Proxied) -> str | None:
        """Of one new connection, or of so many that one of the share must be among them."""
        count = 1 if self.share == 1 else min(MOST_ASKED, math.ceil(5 / self.share))
        effects = await asyncio.gather(*(self.effect(stack) for _ in range(count)))
        return next((effect for effect in effects if effect is not None), None)

    @property
    def _names(self) -> list[str]:
        return [toxic.name for toxic in self._toxics()]

    def _toxics(self) -> list[Toxic]:
        kind, attributes = self.harm()
        return [
            Toxic(
                name=f"{self.name}-{stream}",
                type=kind,
                stream=stream,
                attributes=attributes,
                toxicity=self.share,
                seed=self.seed if self.share < 1 else msgspec.UNSET,
            )
            for stream in self.streams
        ]

    def _path(self, *parts: str) -> str:
        return "/".join(("/proxies", self.hop.value, *parts))

    @staticmethod
    def _control(stack: Proxied) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=stack.hop_control(), timeout=CONTROL_PATIENCE_S, trust_env=False)

    async def _shown(self, control: httpx.AsyncClient) -> Shown:
        return msgspec.json.decode(_must_be_done(await control.get(self._path())).content, type=Shown)


def _must_be_done(answer: httpx.Response) -> httpx.Response:
    if answer.is_error:
        raise StackError(f"the fault proxy refused {answer.request.url.path}: {answer.text}", "see docs/fault-proxy.md")
    return answer


def answered_late(answer: Answer, least_s: float) -> bool:
    return answer.how is questions.How.ANSWERED and answer.seconds >= least_s
