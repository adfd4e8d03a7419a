"""Drawing faults: a timeline that nobody knows before, and that its seed gives again."""

import random
from collections.abc import Callable

from chaos.by_proxy import ProxyFault
from harness.drill import Phase, baseline, fault, recovery, warm_up
from harness.fault import Fault, MemberFault
from harness.stack import Role

WARM_UP_S, BASELINE_S = 3, 10
FAULT_S, APART_S, RECOVERY_S = (8, 14), (3, 5), (8, 12)
ONE_IN = 4
"""Faults, of which the next one overlaps."""


def drawn_from(faults: tuple[Fault, ...], seconds: float) -> Callable[[random.Random], tuple[Phase, ...]]:
    """A timeline of at most so many seconds, not counting what injecting and healing take. Each of the faults has had
    its turn before any comes again.
    """

    def timeline(draw: random.Random) -> tuple[Phase, ...]:
        phases: list[Phase] = [warm_up(WARM_UP_S), baseline(BASELINE_S)]
        rest = seconds - WARM_UP_S - BASELINE_S
        deck: list[Fault] = []
        while rest >= APART_S[1] + FAULT_S[1] + RECOVERY_S[1]:
            while len(deck) < 2:
                deck = [*draw.sample(faults, len(faults)), *deck]
            harm = _harm(deck, draw)
            quiet = recovery(draw.randint(*RECOVERY_S))
            phases += [harm, quiet]
            rest -= sum(part.seconds for part in (*harm.flat(), quiet))
        return tuple(phases)

    return timeline


def _harm(deck: list[Fault], draw: random.Random) -> Phase:
    first = deck.pop()
    # What makes a hop slow cannot be seen while nobody is at its end.
    if draw.randrange(ONE_IN) or _victim(first) == _victim(deck[-1]):
        return fault(first, draw.randint(*FAULT_S))
    return fault(first, draw.randint(*APART_S), then=fault(deck.pop(), draw.randint(*FAULT_S)))


def _victim(harm: Fault) -> Role | None:
    if isinstance(harm, ProxyFault):
        return harm.hop.server
    return harm.role if isinstance(harm, MemberFault) else None
