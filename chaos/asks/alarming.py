"""What gives the alarms a reason, and waiting until they are heard. When they are, the recording says."""

import asyncio
import contextlib
import math
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import msgspec

from chaos.alarms import alarmed
from chaos.hoarding import HEADER
from chaos.polling import until, wait
from harness.errors import NotApplicable
from harness.prober import Prober
from harness.sampling.alarms import Alert
from harness.stack import Alarmed, AlarmUrls, Role
from harness.stacks.plan import StackPlan

STATED_S, CPU_STATED_S = 90.0, 120.0
"""Within which an alert is promised. The CPU's share is of its limit, over a minute: who suddenly uses all of that, and
can use no more, is over four fifths of it only after 48 s, and half a minute must pass then."""

PACED_S = 5.0
"""How often, at the usual pace, Prometheus asks and evaluates."""
FULL_WINDOW = math.ceil((60 + 30) / PACED_S) + 2
"""Evaluations until a rule that is wrong has fired: its window is full, and its reason has lasted."""
FEW = 4

PATIENCE_S = 60.0
EVERY_S = 0.1
HELD_MIB = 800
"""With what an instance holds anyway more than four fifths of its limit of 1Gi, and less than all of it."""
GUESSERS = 4
SCAN = "trivy"
EVALUATIONS = re.compile(r"^prometheus_rule_group_iterations_total\{.*\} (\S+)", re.MULTILINE)


def with_alarms_and_no_bounds(plan: StackPlan) -> StackPlan:
    """The instances hold in memory what they are told to."""
    return msgspec.structs.replace(alarmed(plan), app_factory="chaos.hoarding:hoarding_app")


def with_alarms_and_small_pools(plan: StackPlan) -> StackPlan:
    """A pool of two connections is soon held by few requests, and who waits for one is refused after a second. A
    breaker rests for no longer than that: who is refused by it for half a minute more is a reason of its own.
    """
    soon = plan.app_environment | {"AI_BREAKER_RESET_MS": "1000"}
    return msgspec.structs.replace(alarmed(plan), connection_limit=2, pool_timeout_s=1, app_environment=soon)


# -- phases -------------------------------------------------------------------------------------------------


async def listen(prober: Prober) -> None:
    """For as long as a rule needs that fires for nothing."""
    async with _alarms(prober) as alarms:
        await alarms.report_scan(passed=True)
        await alarms.evaluated(FULL_WINDOW)


async def blip(prober: Prober) -> None:
    """A scan fails, and passes when it is run again: by then the alert knows, and has told nobody."""
    async with _alarms(prober) as alarms:
        await alarms.report_scan(passed=False)
        await until("a failed scan being noticed", lambda: alarms.noticed("SecurityScanFailed"))
        await alarms.report_scan(passed=True)
        await alarms.evaluated(FEW)


async def wear_out(prober: Prober) -> None:
    """One instance fills its memory, at another one passwords are guessed, and a scan fails."""
    first, second, *_ = prober.stack.members(Role.APP)
    async with _alarms(prober) as alarms, _guessing(prober, second):
        await _hold(prober, first, HELD_MIB)
        await alarms.report_scan(passed=False)
        await alarms.heard("HighMemory", "HighCpu", "SecurityScanFailed", "HealthCheckFailed")


async def rest(prober: Prober) -> None:
    """The reasons are gone: the alarms end, and stay silent."""
    async with _alarms(prober) as alarms:
        await _hold(prober, prober.stack.members(Role.APP)[0], 1)
        await alarms.report_scan(passed=True)
        await alarms.silent()


async def until_slow(prober: Prober) -> None:
    async with _alarms(prober) as alarms:
        await alarms.heard("SlowResponses")


async def until_failing(prober: Prober) -> None:
    async with _alarms(prober) as alarms:
        await alarms.heard("HighErrorRate")


async def until_exhausted(prober: Prober) -> None:
    async with _alarms(prober) as alarms:
        await alarms.heard("PoolExhausted")


async def until_silent(prober: Prober) -> None:
    async with _alarms(prober) as alarms:
        await alarms.silent()


async def go_on_listening(prober: Prober) -> None:
    async with _alarms(prober) as alarms:
        await alarms.evaluated(FEW)


# -- with what ----------------------------------------------------------------------------------------------


class _Alarms:
    def __init__(self, urls: AlarmUrls, http: httpx.AsyncClient) -> None:
        self._urls = urls
        self._http = http

    async def evaluated(self, times: int) -> None:
        """Returns when all rules were evaluated so often again."""
        begin = await self._evaluations()

        async def often() -> bool:
            return await self._evaluations() >= begin + times

        await until(f"{times} evaluations of the rules", often, PATIENCE_S)

    async def _evaluations(self) -> float:
        text = (await self._http.get(f"{self._urls.prometheus}/metrics")).raise_for_status().text
        return sum(float(found) for found in EVALUATIONS.findall(text))

    async def noticed(self, alert: str) -> bool:
        """Whether Prometheus sees a reason for it, be it for a moment."""
        answer = (await self._http.get(f"{self._urls.prometheus}/api/v1/alerts")).raise_for_status()
        return any(one["labels"]["alertname"] == alert for one in answer.json()["data"]["alerts"])

    async def heard(self, *alerts: str) -> None:
        """Returns when somebody was told of all of them, or it is too late for that.

        An alert that is inhibited tells nobody: were its reason taken away then, it would a moment later, and in time.
        """

        async def all_told() -> bool:
            return set(alerts) <= {one.labels["alertname"] for one in await self._list() if not one.status.inhibited_by}

        await wait(all_told, CPU_STATED_S / self._urls.pace + 1, EVERY_S)

    async def silent(self) -> None:
        """Returns when Alertmanager has no alert any more, or keeps one in spite of a long patience."""

        async def none_there() -> bool:
            return not await self._list()

        await wait(none_there, 2 * CPU_STATED_S / self._urls.pace, EVERY_S)

    async def _list(self) -> list[Alert]:
        answer = (await self._http.get(f"{self._urls.alertmanager}/api/v2/alerts")).raise_for_status()
        return msgspec.json.decode(answer.content, type=list[Alert])

    async def report_scan(self, *, passed: bool) -> None:
        """As .github/actions/report-scan does."""
        series = f"security_scan_passed {int(passed)}\n"
        if passed:
            series += f"security_scan_last_success_timestamp_seconds {time.time():.0f}\n"
        url = f"{self._urls.pushgateway}/metrics/job/scans/scan/{SCAN}"
        (await self._http.post(url, content=series)).raise_for_status()


@asynccontextmanager
async def _alarms(prober: Prober) -> AsyncIterator[_Alarms]:
    stack = prober.stack
    if not isinstance(stack, Alarmed) or stack.alarms is None:
        raise NotApplicable("nobody watches this stack", "run it with --stack embedded or --stack compose")
    async with httpx.AsyncClient(timeout=5.0, trust_env=False) as http:
        yield _Alarms(stack.alarms, http)


async def _hold(prober: Prober, member: str, mib: int) -> None:
    async with prober.client(base_url=prober.instance_url(member)) as http:
        (await http.get("/health/live", headers={HEADER: str(mib)})).raise_for_status()


@asynccontextmanager
async def _guessing(prober: Prober, member: str) -> AsyncIterator[None]:
    """Each guess is a hash to compute, whether there is such a person or not."""
    guess = {"email": "nobody@probe.test", "password": "correct horse battery staple"}
    async with prober.client(base_url=prober.instance_url(member)) as http:

        async def go_on() -> None:
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    await http.post("/auth/login", json=guess)

        guessing = [asyncio.create_task(go_on()) for _ in range(GUESSERS)]
        try:
            yield
        finally:
            for task in guessing:
                task.cancel()
            await asyncio.gather(*guessing, return_exceptions=True)
