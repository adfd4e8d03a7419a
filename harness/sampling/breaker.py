"""An instance's circuit breaker, by the instance's own metrics."""

import re

import httpx

from harness.clock import now
from harness.run import Sample
from harness.sampling.base import Reading, State

BY = "breaker"
CLOSED, HALF_OPEN, OPEN = "closed", "half_open", "open"
WORDS = {0: CLOSED, 1: HALF_OPEN, 2: OPEN}
"""What the values of the gauge `circuit_breaker_state` mean."""

METRICS = ("breaker_state", "breaker_opened_total", "breaker_half_opened_total", "breaker_closed_total")
ENTERED = {OPEN: METRICS[1], HALF_OPEN: METRICS[2], CLOSED: METRICS[3]}
PATH = "/metrics?name[]=circuit_breaker_state&name[]=circuit_breaker_entered_total"
OFTEN_S, SELDOM_S = 0.2, 2.0
"""How long to wait between readings, and where there is no breaker."""

MOST_CHANGES = 20
"""Between two readings. With more of them, nobody could tell which came first."""

_STATE = re.compile(rb"^circuit_breaker_state\{[^}]*\} ([\d.e+]+)", re.MULTILINE)
_ENTERED = re.compile(rb'^circuit_breaker_entered_total\{[^}]*state="(\w+)"[^}]*\} ([\d.e+]+)', re.MULTILINE)

NEXT = {CLOSED: (OPEN,), OPEN: (HALF_OPEN,), HALF_OPEN: (OPEN, CLOSED)}
"""How a breaker may go on."""


class BreakerMeter:
    """Asks one instance past the balancer. A trial that is answered soon leaves a half-open breaker no time to be met
    in that state; that it was in it the counters tell.
    """

    role = "app"

    def __init__(self, subject: str, host: str, port: int) -> None:
        self.subject = subject
        self.interval_s = OFTEN_S
        self._client = httpx.AsyncClient(base_url=f"http://{host}:{port}", timeout=1, trust_env=False)
        self._state: str | None = None
        self._entered: dict[str, float] = {}

    async def read(self) -> Reading:
        """Nothing of an instance that has no breaker, or does not answer."""
        try:
            content = (await self._client.get(PATH)).content
        except httpx.HTTPError:
            self._state = None
            return Reading([], [])
        t = now()
        found = _STATE.search(content)
        if found is None or (state := WORDS.get(int(float(found[1])))) is None:
            self.interval_s = SELDOM_S
            return Reading([], [])
        entered = {word.decode(): float(count) for word, count in _ENTERED.findall(content)}
        passed = path(self._state, state, self._grown(entered))
        self._state, self._entered = state, entered
        figures = {METRICS[0]: float(found[1])}
        figures |= {metric: entered[word] for word, metric in ENTERED.items() if word in entered}
        samples = [Sample(t, self.role, self.subject, metric, value) for metric, value in figures.items()]
        return Reading(samples, [State(BY, self.role, self.subject, word) for word in passed])

    def _grown(self, entered: dict[str, float]) -> dict[str, float]:
        """How often it got into each state since it was asked last."""
        return {word: count - self._entered.get(word, 0.0) for word, count in entered.items()}

    async def close(self) -> None:
        await self._client.aclose()


def path(before: str | None, after: str, grown: dict[str, float]) -> list[str]:
    """Through which states it went from one to the other, the last included: the shortest way that got it into each of
    those as often as counted. Where that is none, or nothing was counted, nothing but the last."""
    left = {word: count for word, count in grown.items() if count > 0}
    if before is None or min(grown.values(), default=0) < 0 or sum(left.values()) > MOST_CHANGES:
        return [after]
    went: list[str] = []
    state = before
    while left:
        ways = [word for word in NEXT[state] if left.get(word)]
        if not ways:
            return [after]
        # Back to open as long as it has to try again: it closes last.
        state = OPEN if OPEN in ways and (len(ways) == 1 or left.get(HALF_OPEN)) else ways[-1]
        went.append(state)
        left[state] -= 1
        left = {word: count for word, count in left.items() if count}
    return went if went and went[-1] == after else [after]
