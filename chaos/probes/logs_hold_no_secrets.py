"""Canaries are planted wherever people and machines put secrets; then all that was logged is searched."""

import json
import uuid
from urllib.parse import urlsplit

from chaos.crashing import SECRET, with_crashes
from harness.checks.observed import Observed
from harness.probe import probe
from harness.prober import Prober
from harness.stack import Role
from harness.stacks.plan import StackPlan

FIELDS = {"time": str, "level": str, "event": str, "trace_id": str, "instance": str}
LEVELS = ("error", "warn", "info", "debug", "trace")


def at_trace(plan: StackPlan) -> StackPlan:
    # Everything that could be logged is.
    return with_crashes(plan, LOG_LEVEL="trace", SLOW_QUERY_MS="0")


def canary() -> str:
    return f"canary{uuid.uuid4().hex}"


async def plant(prober: Prober) -> dict[str, str]:
    """Sends secrets in every place; gives their values by where they were put."""
    password = canary()
    ada = await prober.register(password=password)
    planted = {
        "a password": password,
        "an access token": ada.token,
        "a refresh token": str(ada.answer.get("refresh_token", ada.token)),
        "a crash's text": SECRET,
    }
    places = (
        "a wrong password", "a query string", "a bearer token", "a cookie", "a key's header", "a body that is no JSON",
        "a body that is not valid", "an unknown field", "a path", "a query of a crash", "a Basic login",
    )  # fmt: skip
    planted |= {place: canary() for place in places}
    http, me = prober.http, ada.headers
    await http.post("/auth/login", json={"email": ada.email, "password": planted["a wrong password"]})
    await http.get(f"/feed?token={planted['a query string']}&password={planted['a query string']}", headers=me)
    await http.get("/feed", headers={"Authorization": f"Bearer {planted['a bearer token']}"})
    login = planted["a Basic login"]
    await http.get("/feed", headers={"Authorization": f"Basic {login}"})
    await http.get("/feed", headers=me | {"Cookie": f"session={planted['a cookie']}"})
    await http.get("/feed", headers=me | {"X-Api-Key": planted["a key's header"]})
    broken = f'{{"email": "x", "password": "{planted["a body that is no JSON"]}'
    await http.post("/auth/login", content=broken, headers={"Content-Type": "application/json"})
    await http.post("/auth/register", json={"email": 7, "password": planted["a body that is not valid"], "name": ""})
    await http.post("/auth/login", json={"email": ada.email, "secret": planted["an unknown field"]})
    await http.get(f"/reset/{planted['a path']}")
    await http.get(f"/probe/crashes/1?token={planted['a query of a crash']}", headers=me)
    # Twice the same address: Postgres's own error quotes the row.
    await http.post("/auth/register", json={"email": ada.email, "password": password, "name": "Ada"})
    environment = prober.environment
    planted["JWT_SECRET"] = environment["JWT_SECRET"]
    planted["the database's password"] = str(urlsplit(environment["DATABASE_URL"]).password)
    planted["the Sentry DSN"] = environment["SENTRY_DSN"]
    return planted


async def ask(prober: Prober) -> None:
    planted = await plant(prober)
    members = prober.stack.members(Role.APP)
    trace_id = uuid.uuid4().hex
    last = await prober.http.get("/feed", headers={"traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"})
    logs = {member: prober.logs([member]) for member in members}
    for place, value in planted.items():
        holding = [
            f"{member}: {line[:120]}" for member in members for line in logs[member].splitlines() if value in line
        ]
        prober.saw("logged-canaries", place, len(holding), detail="; ".join(holding).replace(value, "<CANARY>"))
    # Past the service: what the balancer, the pool, the database and the cache wrote of it.
    others = prober.logs()
    for place, value in planted.items():
        if value.startswith("canary") and place not in ("a path",):
            prober.saw("logged-elsewhere", place, others.count(value))
    for member, text in logs.items():
        odd = [line for line in text.splitlines() if _odd(line)]
        prober.saw("log-lines-odd", member, len(odd), detail="; ".join(odd))
        prober.saw("log-lines", member, len(text.splitlines()))
    found = sum(f'"trace_id":"{trace_id}"' in text for text in logs.values())
    prober.saw("log-trace-id", "a request's line", found, detail=f"answered by {last.headers.get('x-instance')}")


def _odd(line: str) -> bool:
    try:
        told = json.loads(line)
    except ValueError:
        return True
    if not isinstance(told, dict) or told.get("level") not in LEVELS:
        return True
    if any(not isinstance(told.get(name), kind) for name, kind in FIELDS.items()):
        return True
    return told["event"] == "request" and len(told["trace_id"]) != 32


PROBE = probe(
    title="No secret is logged, and every line can be read by machines",
    ask=ask,
    expect=(
        Observed(of="logged-canaries", equals=0, cases=18),
        Observed(of="logged-elsewhere", equals=0, cases=10),
        Observed(of="log-lines-odd", equals=0, cases=3),
        Observed(of="log-lines", at_least=5, cases=3),
        Observed(of="log-trace-id", equals=1),
    ),
    claims=("OBS-LOG",),
    on=at_trace,
)
