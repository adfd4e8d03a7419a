"""What a monitor and a client that checks see of the balancer's certificate."""

import asyncio

import msgspec

from chaos.certificates import refusal, shown_by
from harness.errors import NotApplicable
from harness.prober import Prober
from harness.stack import Encrypted
from harness.stacks.plan import StackPlan, Tls


def with_tls(plan: StackPlan) -> StackPlan:
    """The same, encrypted at its balancer."""
    return msgspec.structs.replace(plan, tls=Tls())


async def ask_while_expired(prober: Prober) -> None:
    left, why = await ask(prober)
    prober.saw("expired-days-left", "as a monitor measures it", left, unit="days")
    prober.saw("expired-is-refused", "by a client that checks", why or "not refused")


async def ask_when_renewed(prober: Prober) -> None:
    left, why = await ask(prober)
    prober.saw("renewed-days-left", "as a monitor measures it", left, unit="days")
    prober.saw("renewed-is-taken", "by a client that checks", why is None, detail=why or "")


async def ask(prober: Prober) -> tuple[float | None, str | None]:
    """How many days are left, and why a client that checks would not talk to the balancer."""
    stack = prober.stack
    if not isinstance(stack, Encrypted) or stack.ca_file is None:
        raise NotApplicable("this stack's certificates are not the harness's own")
    host, port = stack.address("lb")
    shown = await asyncio.to_thread(shown_by, host, port)
    why = await asyncio.to_thread(refusal, host, port, str(stack.ca_file))
    return round(shown.days_left, 2) if shown else None, why
