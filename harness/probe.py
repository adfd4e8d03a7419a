"""probe: a drill without a fault. It asks a running stack, and checks judge what it saw."""

import asyncio
from collections.abc import Callable
from functools import wraps

from harness.drill import Ask, Drill, Expectations, Load, Phase, Profile
from harness.prober import Prober
from harness.stack import Role
from harness.stacks.plan import StackPlan
from harness.uncancelled import to_the_end

PATIENCE_S = 120.0


def in_a_thread(look: Callable[[Prober], None]) -> Ask:
    """For a probe that runs tools one after the other: its patience counts, and Ctrl-C is heard, between them too."""

    @wraps(look)
    async def ask(prober: Prober) -> None:
        looking = asyncio.ensure_future(asyncio.to_thread(look, prober))
        try:
            await asyncio.shield(looking)
        except asyncio.CancelledError:
            prober.give_up()
            # The tool that runs is let end: it writes to folders that are about to be removed.
            await to_the_end(asyncio.wait({looking}))
            looking.exception()
            raise

    return ask


def probe(
    *,
    title: str,
    ask: Ask,
    expect: Expectations,
    claims: tuple[str, ...] = (),
    on: Callable[[StackPlan], StackPlan] | None = None,
    loads: tuple[Load, ...] = (),
    needs: tuple[Role, ...] = (),
    needs_stack: bool = True,
    profile: Profile = Profile.STANDARD,
    patience_s: float = PATIENCE_S,
    heavy: bool = False,
) -> Drill:
    """One phase, named "probe", in which `ask` runs to its end; past `patience_s` it is given up, and inconclusive.

    Loads, if there are any, go on meanwhile.
    """
    return Drill(
        title=title,
        loads=loads,
        timeline=(Phase(name="probe", seconds=patience_s, ask=ask),),
        expect=expect,
        claims=claims,
        needs=needs,
        needs_stack=needs_stack,
        on=on,
        profile=profile,
        heavy=heavy,
    )
