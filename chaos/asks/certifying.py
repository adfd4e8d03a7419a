"""What a monitor and a client that checks see of the balancer's certificate."""

import asyncio

import msgspec

from chaos.asks.herd import gather, told
from chaos.asks.returning import accompanied
from chaos.certificates import refusal, shown_by
from chaos.companions.herd import OK
from harness.errors import NotApplicable
from harness.prober import Prober
from harness.stack import Encrypted
from harness.stacks.plan import StackPlan, Tls

CLIENTS = 12
CONNECTED = "connected-clients"


def with_tls(plan: StackPlan) -> StackPlan:
    """The same, encrypted at its balancer."""
    return msgspec.structs.replace(plan, tls=Tls())


async def connect(prober: Prober) -> None:
    """Clients who stay connected from now on."""
    await gather(prober, CONNECTED, CLIENTS)


async def ask_who_is_connected(prober: Prober) -> None:
    """How many of them have lost their connection, or had no good answer."""
    lost = {one.client for one in told(prober, CONNECTED) if one.status != OK}
    prober.saw("connections-lost", f"of {CLIENTS}", len(lost), unit="connections")


async def ask_while_expired(prober: Prober) -> None:
    left, why = await ask(prober)
    prober.saw("expired-days-left", "as a monitor measures it", left, unit="days")
    prober.saw("expired-is-refused", "by a client that checks", why or "not refused")


async def ask_when_renewed(prober: Prober) -> None:
    left, why = await ask(prober)
    prober.saw("renewed-days-left", "as a monitor measures it", left, unit="days")
    prober.saw("renewed-is-taken", "by a client that checks", why is None, detail=why or "")
    await ask_who_is_connected(prober)
    await accompanied(prober).leave(CONNECTED)


async def ask(prober: Prober) -> tuple[float | None, str | None]:
    """How many days are left, and why a client that checks would not talk to the balancer."""
    stack = prober.stack
    if not isinstance(stack, Encrypted) or stack.ca_file is None:
        raise NotApplicable("this stack's certificates are not the harness's own")
    host, port = stack.address("lb")
    shown = await asyncio.to_thread(shown_by, host, port)
    why = await asyncio.to_thread(refusal, host, port, str(stack.ca_file))
    return round(shown.days_left, 2) if shown else None, why
