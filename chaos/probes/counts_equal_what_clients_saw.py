"""What Prometheus is told, summed over the instances, is what the clients saw: to the last request."""

import asyncio
import time
from collections import Counter

from prometheus_client.parser import text_string_to_metric_families

from harness.checks.observed import Observed
from harness.probe import probe
from harness.prober import Prober
from harness.stack import Role

ROUNDS = 20
SETTLE_S = 5.0
METRICS = (
    "http_request_duration_seconds_count",
    "http_requests_total",
    "http_active_connections",
    "db_query_duration_seconds_count",
    "cache_hits_total",
    "cache_misses_total",
    "websocket_connections",
    "process_resident_memory_bytes",
)
# Asked by the balancer and by this probe, and by nobody who counts.
MACHINES = ("/health", "/health/live", "/health/ready", "/metrics")
Series = Counter[tuple[str, str, str]]


class Scrape:
    """What all instances tell, added up."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.requests: Series = Counter()
        self.durations: Series = Counter()
        self.lookups = 0.0
        self.queries = 0.0

    def add(self, text: str) -> None:
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                self.names.add(sample.name)
                series = tuple(sample.labels.get(label, "") for label in ("method", "route", "status"))
                if sample.name == "http_requests_total" and series[1] not in MACHINES:
                    self.requests[series] += int(sample.value)  # type: ignore[index]
                if sample.name == "http_request_duration_seconds_count" and series[1] not in MACHINES:
                    self.durations[series] += int(sample.value)  # type: ignore[index]
                if sample.name in ("cache_hits_total", "cache_misses_total"):
                    self.lookups += sample.value
                if sample.name == "db_query_duration_seconds_count":
                    self.queries += sample.value


async def scrape(prober: Prober) -> Scrape:
    found = Scrape()
    for member in prober.stack.members(Role.APP):
        async with prober.client(base_url=prober.instance_url(member)) as client:
            found.add((await client.get("/metrics")).text)
    return found


async def ask(prober: Prober) -> None:
    ada = await prober.register()
    before = await scrape(prober)
    seen: Series = Counter()

    async def send(method: str, path: str, route: str, json: object = None) -> None:
        answer = await prober.http.request(method, path, headers=ada.headers, json=json)
        seen[method, route, str(answer.status_code)] += 1

    for number in range(ROUNDS):
        await asyncio.gather(
            send("GET", "/feed", "/feed"),
            send("POST", "/posts", "/posts", {"body": f"number {number}"}),
            send("POST", "/posts", "/posts", {"body": number}),
            send("GET", f"/posts/{10**12 + number}", "/posts/{id}"),
            send("GET", f"/nowhere/{number}", "unmatched"),
            send("DELETE", "/feed", "/feed"),
            send("GET", "/feed", "/feed"),
        )
    # The last answer may be here before its instance has counted it.
    deadline = time.monotonic() + SETTLE_S
    while True:
        after = await scrape(prober)
        counted, timed = after.requests - before.requests, after.durations - before.durations
        if counted == seen == timed or time.monotonic() > deadline:
            break
        await asyncio.sleep(0.1)
    for series in sorted(seen | counted):
        case = " ".join(series)
        told = f"{counted[series]} counted, {seen[series]} seen"
        prober.saw("count-difference", case, counted[series] - seen[series], detail=told)
        prober.saw("histogram-difference", case, timed[series] - seen[series], detail=f"{timed[series]} timed")
    reads = sum(count for (method, route, status), count in seen.items() if (method, route, status) == FEED)
    lookups = after.lookups - before.lookups
    prober.saw(
        "cache-difference", "hits and misses, reads of the feed", lookups - reads, detail=f"{lookups:.0f}, {reads}"
    )
    prober.saw("queries-counted", "queries", after.queries - before.queries)
    missing = [name for name in METRICS if name not in after.names]
    prober.saw("metrics-missing", "names", len(missing), detail=", ".join(missing))


FEED = ("GET", "/feed", "200")

PROBE = probe(
    title="The metrics' counts equal what the clients saw",
    ask=ask,
    expect=(
        Observed(of="count-difference", equals=0, cases=6),
        Observed(of="histogram-difference", equals=0, cases=6),
        Observed(of="cache-difference", equals=0),
        Observed(of="queries-counted", at_least=2 * ROUNDS),
        Observed(of="metrics-missing", equals=0),
    ),
    claims=("OBS-METRICS",),
)
