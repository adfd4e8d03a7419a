"""misbehave: the external service fails a share of its calls, or answers them late. Heal lets it answer well again."""

import asyncio
import math
import random
from typing import ClassVar, Self

import httpx
import msgspec

from harness.clock import nanoseconds, now, seconds
from harness.errors import UsageError
from harness.fault import GONE_PATIENCE_S, LOOK_EVERY_S, Fault, Felt, Gone, NotFelt, NotGone, Pick, draw_member, one
from harness.stack import Harmable, Inspectable, Role, Stack

LATE = "late"
KINDS = {
    "status": "answers 503",
    "garbage": "answers nonsense",
    "hang": "does not answer",
    "close": "breaks off halfway through its answer",
    LATE: "answers late",
}
MOST_MS = 60_000
MOST_LOOKS = 60
PATIENCE_S = 5.0
SILENCE_S = 0.5
"""Who has not answered a look by then, and is not to be late, does not answer."""


class Control(msgspec.Struct, frozen=True, kw_only=True):
    """The body of PUT /control of the service; as it is here, all is well."""

    latency_ms: float = 0.0
    late_rate: float = 1.0
    error_rate: float = 0.0
    error_kind: str = "status"
    seed: int = 0


class Misbehave(Fault, tag="misbehave", frozen=True, kw_only=True):
    """A `share` of the calls, drawn from `seed`, meets what `kind` names; a late answer comes after `latency_ms`."""

    wants: ClassVar[type[object]] = Inspectable

    kind: str
    share: float = 1.0
    latency_ms: int = 0
    seed: int = 0
    which: Pick | str = one

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UsageError(f"a service cannot misbehave as {self.kind!r} says", f"choose from {', '.join(KINDS)}")
        if not 0 < self.share <= 1:
            raise UsageError(f"a share of {self.share:g} of the calls cannot be harmed", "use 0 < share <= 1")
        if self.kind == LATE and not 0 < self.latency_ms <= MOST_MS:
            raise UsageError(f"answers cannot be {self.latency_ms} ms late", f"use a latency_ms of 1 to {MOST_MS}")
        if self.kind != LATE and self.latency_ms:
            raise UsageError(f"latency_ms says nothing of {self.kind!r}", f"leave it out, or use {LATE!r}")

    def aimed(self, stack: Stack, draw: random.Random) -> Self:
        victim = draw_member(stack, Role.UPSTREAM, self.which, draw)
        seed = draw.getrandbits(31) if self.share < 1 else self.seed
        return msgspec.structs.replace(self, which=victim, seed=seed)

    @property
    def target(self) -> str:
        return self.which if isinstance(self.which, str) else Role.UPSTREAM.value

    def describe(self) -> str:
        late = f" ({self.latency_ms} ms)" if self.kind == LATE else ""
        return f"{self.target} {KINDS[self.kind]}{late} for {self.share:.0%} of the calls"

    def undo(self) -> str:
        return f"let {self.target} answer well again"

    async def inject(self, stack: Harmable) -> Felt:
        asked = now()
        try:
            await self._set(stack, self._control)
        except httpx.HTTPError as error:
            how = str(error) or type(error).__name__
            why = f"{self.target} cannot be told to misbehave, only the harness's own service can: {how}"
            raise NotFelt(why) from error
        # It is in effect when the request is answered.
        return await self.until_felt(stack, began=(asked + now()) // 2)

    async def heal(self, stack: Harmable) -> Gone:
        deadline = now() + nanoseconds(GONE_PATIENCE_S)
        while True:
            try:
                await self._set(stack, Control())
                still = await self.seen(stack)
            except httpx.HTTPError as error:
                still = f"it cannot be told: {error}"
            if still is None and await stack.serves(self.target):
                return Gone(now(), f"{self.target} answers well")
            if now() > deadline:
                raise NotGone(
                    f"{still or 'it does not serve'}, {GONE_PATIENCE_S:g} s after it was undone: {self.undo()}"
                )
            await asyncio.sleep(LOOK_EVERY_S)

    async def seen(self, stack: Harmable) -> str | None:
        """By what looks meet. They are none of the calls that the service counts, or draws."""
        async with self._client(stack) as client:
            control = msgspec.json.decode((await client.get("/control")).raise_for_status().content, type=Control)
            if control != self._control:
                return None
            looks = 1 if self.share == 1 else min(MOST_LOOKS, math.ceil(8 / self.share))
            met = [what for what in await asyncio.gather(*(self._look(client) for _ in range(looks))) if what]
        return f"{self.target} {met[0]}, {len(met)} of {looks} times" if met else None

    async def _look(self, client: httpx.AsyncClient) -> str | None:
        """What one call would meet of it, in words; None when it is answered well."""
        began = now()
        try:
            answer = await client.post(
                "/look", timeout=PATIENCE_S + self.latency_ms / 1000 if self.latency_ms else SILENCE_S
            )
        except httpx.TimeoutException:
            return "does not answer" if self.kind == "hang" else None
        except httpx.RemoteProtocolError:
            return KINDS["close"] if self.kind == "close" else None
        if self.kind == LATE:
            took_ms = seconds(now() - began) * 1000
            # An event loop's timers may be early by their resolution.
            return f"answers after {took_ms:.0f} ms" if took_ms >= self.latency_ms - 1 else None
        if self.kind == "status":
            return f"answers {answer.status_code}" if answer.is_error else None
        is_json = answer.headers.get("content-type", "").startswith("application/json")
        return None if self.kind != "garbage" or is_json else KINDS["garbage"]

    @property
    def _control(self) -> Control:
        if self.kind == LATE:
            return Control(latency_ms=self.latency_ms, late_rate=self.share, seed=self.seed)
        return Control(error_rate=self.share, error_kind=self.kind, seed=self.seed)

    async def _set(self, stack: Harmable, control: Control) -> None:
        async with self._client(stack) as client:
            (await client.put("/control", content=msgspec.json.encode(control))).raise_for_status()

    def _client(self, stack: Harmable) -> httpx.AsyncClient:
        assert isinstance(stack, Inspectable)
        host, port = stack.address(self.target)
        return httpx.AsyncClient(base_url=f"http://{host}:{port}", timeout=PATIENCE_S, trust_env=False)


EXAMPLE = Misbehave(kind="status", share=0.5)
"""What the contract test of all faults tries."""
