"""The AI service fails, from outside: the breaker opens at its share, answers fast, tries again and closes.

It names no claim: the guide's are about 5000 and 30000 ms under load, and this is the mechanism in a tenth of the time.
"""

import asyncio
import time
from statistics import median

import httpx
import msgspec

from harness.checks.observed import Observed
from harness.probe import probe
from harness.prober import Account, Prober
from harness.stack import Role
from harness.stacks.plan import StackPlan

INSTANCE = "app-1"
"""Each instance has a breaker of its own, so one is asked past the balancer."""

TIMEOUT_MS = 1500
RESET_MS = 3000
INTERVAL_MS = 50
TRIES = 3
GOOD = 6
"""Calls that succeed first: the breaker must open when as many have failed, at 50 %, and not before."""

WHILE_OPEN = 20
PATIENCE_S = 15.0
CLOSED, OPEN = 0.0, 2.0
KINDS = ("status", "garbage", "close")
CHAT = "/v1/chat"
CHANGES = (
    '"closed","after":"open"',
    '"open","after":"half_open"',
    '"half_open","after":"open"',
    '"half_open","after":"closed"',
)


class Asker:
    """A member who asks one instance, and the hand that sets the service's manners."""

    def __init__(self, prober: Prober, account: Account, instance: httpx.AsyncClient, service: httpx.AsyncClient):
        self.prober = prober
        self.account = account
        self.instance = instance
        self.service = service

    async def chat(self) -> tuple[httpx.Response, float]:
        """The answer, and how many ms it took."""
        began = time.monotonic()
        asked = {"messages": [{"role": "user", "content": "What is on it?"}]}
        answer = await self.instance.post("/ai/chat", json=asked, headers=self.account.headers)
        return answer, (time.monotonic() - began) * 1000

    async def feedback(self) -> httpx.Response:
        given = {"answer_id": "msg_1", "helpful": True}
        return await self.instance.post("/ai/feedback", json=given, headers=self.account.headers)

    async def behave(self, kind: str | None) -> None:
        """From here on every call fails in one way, or none does."""
        control = {"error_rate": 1, "error_kind": kind} if kind else {}
        (await self.service.put("/control", json=control)).raise_for_status()

    async def stats(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = (await self.service.get("/stats")).json()
        return found

    async def state(self) -> float:
        """The gauge, as Prometheus reads it; -1 when there is none."""
        for line in (await self.instance.get("/metrics")).text.splitlines():
            if line.startswith('circuit_breaker_state{name="ai"}'):
                return float(line.split()[1])
        return -1.0


async def ask(prober: Prober) -> None:
    account = await prober.register()
    service = "http://{}:{}".format(*prober.inside.address(Role.UPSTREAM.value))
    async with (
        prober.client(base_url=prober.instance_url(INSTANCE)) as instance,
        prober.client(base_url=service) as upstream,
    ):
        asker = Asker(prober, account, instance, upstream)
        opened = await ask_until_open(asker)
        await ask_while_open(asker, until=opened + RESET_MS / 1000)
        await ask_trial_and_end(asker)
        await ask_hanging(asker)
    log = prober.logs([INSTANCE]).replace(" ", "")
    for change in CHANGES:
        prober.saw("breaker-changes-logged", change.replace('"', ""), log.count(f'"before":{change}'))


async def ask_until_open(asker: Asker) -> float:
    """A moment (of time.monotonic) before which the breaker had certainly not opened."""
    saw = asker.prober.saw
    for number in range(GOOD):
        saw("good-call-status", f"call {number + 1}", (await asker.chat())[0].status_code)
    saw("breaker-state-before", "gauge", await asker.state())
    await asker.behave("status")
    saw("failed-call-status", "without a key", (await asker.feedback()).status_code)
    saw("tries-without-key", "feedback", (await asker.stats())["calls"]["/v1/feedback"], unit="tries")
    failed, opened = 1, time.monotonic()
    while failed < 2 * GOOD:
        kind = KINDS[failed % len(KINDS)]
        await asker.behave(kind)
        before = (await asker.stats())["calls"][CHAT]
        asked = time.monotonic()
        answer, _ = await asker.chat()
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            break
        failed, opened = failed + 1, asked
        saw("failed-call-status", kind, answer.status_code, detail=answer.text[:200])
        saw("tries-with-key", kind, (await asker.stats())["calls"][CHAT] - before, unit="tries")
    percent = 100 * failed / (GOOD + failed)
    saw("failed-percent-at-opening", f"after {GOOD} good calls", percent, unit="%", detail=f"{failed} calls failed")
    tries = (await asker.stats())["tries"]
    saw("tries-per-key", f"{len(tries)} keys", max(tries.values()), unit="tries")
    return opened


async def ask_while_open(asker: Asker, until: float) -> None:
    """Only `until` a moment: a machine that is slow must not have a later call, the trial, taken for one of these."""
    saw = asker.prober.saw
    saw("breaker-state-open", "gauge", await asker.state())
    before = (await asker.stats())["calls"][CHAT]
    took = []
    for number in range(1, WHILE_OPEN + 1):
        answer, took_ms = await asker.chat()
        if time.monotonic() >= until:
            break
        took.append(took_ms)
        saw("open-status", f"call {number}", answer.status_code, detail=answer.text[:100])
        saw("open-retry-after", f"call {number}", int(answer.headers.get("retry-after", 0)), unit="s")
    else:
        saw("calls-while-open", f"{WHILE_OPEN} calls", (await asker.stats())["calls"][CHAT] - before, unit="tries")
        share = round(100 * median(took) / TIMEOUT_MS, 2)
        saw("open-answer-share", f"the median of {WHILE_OPEN} calls", share, unit="% of the time-out")
    health = await asker.instance.get("/health/ready")
    saw("ready-while-open", "GET /health/ready", health.status_code)


async def ask_trial_and_end(asker: Asker) -> None:
    """The trial fails, so it opens again; then the service is well, and the next trial closes it."""
    saw = asker.prober.saw
    before = (await asker.stats())["calls"][CHAT]
    trial = await until_not_refused(asker)
    saw("trial-status", "the service still fails", trial)
    saw("trial-tries", "the service still fails", (await asker.stats())["calls"][CHAT] - before, unit="tries")
    saw("status-after-failed-trial", "at once", (await asker.chat())[0].status_code)
    await asker.behave(None)
    saw("status-after-end", "the service is well", await until_not_refused(asker))
    saw("breaker-state-after", "gauge", await asker.state())


async def until_not_refused(asker: Asker) -> int:
    """Asks until the breaker lets a call through; its status. 503 when it never does."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        answer, _ = await asker.chat()
        if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE or time.monotonic() > deadline:
            return answer.status_code
        await asyncio.sleep(0.05)


async def ask_hanging(asker: Asker) -> None:
    """A service that does not answer at all costs a caller the time-out, and not three of them."""
    await asker.behave("hang")
    answer, took_ms = await asker.chat()
    await asker.behave(None)
    asker.prober.saw("hanging-status", "one call", answer.status_code)
    share = round(100 * took_ms / TIMEOUT_MS, 1)
    asker.prober.saw("hanging-answer-share", "one call", share, unit="% of the time-out")


def impatient(plan: StackPlan) -> StackPlan:
    """The guide's 5000, 30000 and 1000 ms, shortened alike."""
    settings = {
        "AI_TIMEOUT_MS": str(TIMEOUT_MS),
        "AI_BREAKER_RESET_MS": str(RESET_MS),
        "AI_RETRY_INTERVAL_MS": str(INTERVAL_MS),
    }
    return msgspec.structs.replace(plan, instances=1, app_environment=plan.app_environment | settings)


PROBE = probe(
    title="The AI service fails, and the breaker opens, tries again and closes",
    ask=ask,
    on=impatient,
    expect=(
        Observed(of="good-call-status", equals=200, cases=GOOD),
        Observed(of="breaker-state-before", equals=CLOSED),
        Observed(of="failed-call-status", equals=502, cases=4),
        Observed(of="tries-without-key", equals=1),
        Observed(of="tries-with-key", equals=TRIES, cases=3),
        Observed(of="tries-per-key", at_most=TRIES),
        Observed(of="failed-percent-at-opening", equals=50),
        Observed(of="breaker-state-open", equals=OPEN),
        Observed(of="open-status", equals=503, cases=WHILE_OPEN),
        Observed(of="open-retry-after", at_least=1, cases=WHILE_OPEN),
        Observed(of="open-answer-share", at_most=20),
        Observed(of="calls-while-open", equals=0),
        Observed(of="ready-while-open", equals=200),
        Observed(of="trial-status", equals=502),
        Observed(of="trial-tries", equals=1),
        Observed(of="status-after-failed-trial", equals=503),
        Observed(of="status-after-end", equals=200),
        Observed(of="breaker-state-after", equals=CLOSED),
        Observed(of="hanging-status", equals=504),
        Observed(of="hanging-answer-share", at_most=200),
        Observed(of="breaker-changes-logged", at_least=1, cases=len(CHANGES)),
    ),
    needs=(Role.UPSTREAM,),
)
