"""The three health paths answer as the guide says: who is here, that the process lives, that it can serve."""

from datetime import UTC, datetime, timedelta

import httpx

from harness.checks.observed import Observed
from harness.probe import probe
from harness.prober import Prober
from harness.stack import Role

FIELDS = ("status", "uptime", "timestamp", "environment", "version")
MOST_SECONDS = timedelta(seconds=30)


def _wrong(answer: httpx.Response, expected: dict[str, str]) -> list[str]:
    body = answer.json()
    wrong = [f"no {name}" for name in FIELDS if name not in body]
    if wrong:
        return wrong
    wrong += [f"{name} is {body[name]}, not {value}" for name, value in expected.items() if body[name] != value]
    if not isinstance(body["uptime"], int | float) or body["uptime"] <= 0:
        wrong.append(f"uptime is {body['uptime']}")
    try:
        off = abs(datetime.now(UTC) - datetime.fromisoformat(body["timestamp"]))
    except (TypeError, ValueError):
        return [*wrong, f"timestamp is {body['timestamp']}"]
    return wrong if off < MOST_SECONDS else [*wrong, f"timestamp is {off} off"]


async def ask(prober: Prober) -> None:
    environment = prober.environment
    expected = {"status": "ok", "environment": environment["ENVIRONMENT"], "version": environment["APP_VERSION"]}
    for member in prober.stack.members(Role.APP):
        async with prober.client(base_url=prober.instance_url(member)) as client:
            first = await client.get("/health")
            wrong = _wrong(first, expected)
            prober.saw("health-wrong", member, len(wrong), detail=", ".join(wrong))
            later = await client.get("/health")
            grows = later.json().get("uptime", 0) >= first.json().get("uptime", 0)
            prober.saw("health-uptime-grows", member, grows)
            for path in ("/health", "/health/live", "/health/ready"):
                answer = await client.get(path)
                prober.saw("health-status", f"{member} {path}", answer.status_code, detail=answer.text)
                # An answer that a proxy keeps says how things were.
                prober.saw("health-caching", f"{member} {path}", answer.headers.get("cache-control", "none"))


PROBE = probe(
    title="Each instance says who it is, and that it can serve",
    ask=ask,
    expect=(
        Observed(of="health-wrong", equals=0, cases=3),
        Observed(of="health-uptime-grows", equals=1, cases=3),
        Observed(of="health-status", equals=200, cases=9),
        Observed(of="health-caching", equals="no-store", cases=9),
    ),
    claims=("OBS-HEALTH",),
)
