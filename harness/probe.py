"""probe: a drill without a fault. It asks a running stack, and checks judge what it saw."""

from collections.abc import Callable

from harness.checks.base import Check
from harness.drill import Ask, Drill, Load, Phase, Profile
from harness.stack import Role
from harness.stacks.plan import StackPlan

PATIENCE_S = 120.0


def probe(
    *,
    title: str,
    ask: Ask,
    expect: tuple[Check | tuple[Check, ...], ...],
    claims: tuple[str, ...] = (),
    on: Callable[[StackPlan], StackPlan] | None = None,
    loads: tuple[Load, ...] = (),
    needs: tuple[Role, ...] = (),
    needs_stack: bool = True,
    profile: Profile = Profile.STANDARD,
    patience_s: float = PATIENCE_S,
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
    )
