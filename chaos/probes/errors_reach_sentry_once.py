"""Every crash is one event at Sentry, with who met it, in which release, where; and requests are sampled."""

import uuid
from collections import Counter

from chaos.crashing import SECRET, with_crashes
from harness.checks.observed import Observed
from harness.probe import probe
from harness.prober import Prober
from harness.sinks.arrivals import arrived
from harness.sinks.records import SENTRY_FILE, SentryItem
from harness.stack import Role
from harness.stacks.plan import StackPlan

CRASHES = 4
# Few enough that an instance's bound of ten measurements a second does not decide.
MEASURED = 36
SHARE = "0.5"


def sampling_half(plan: StackPlan) -> StackPlan:
    return with_crashes(plan, SENTRY_TRACES_SAMPLE_RATE=SHARE)


def _parent(trace_id: str) -> dict[str, str]:
    return {"traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"}


async def ask(prober: Prober) -> None:
    ada = await prober.register()
    members = prober.stack.members(Role.APP)
    crashed: dict[str, str] = {}
    handled = uuid.uuid4().hex
    last = set()
    for member in members:
        async with prober.client(base_url=prober.instance_url(member)) as client:
            for number in range(CRASHES):
                trace_id = uuid.uuid4().hex
                crashed[trace_id] = f"{member}, crash {number + 1}"
                await client.get(f"/probe/crashes/{number}", headers=ada.headers | _parent(trace_id))
            # What is foreseen is no error of ours.
            await client.get("/nowhere", headers=_parent(handled))
            for _ in range(MEASURED // len(members)):
                await client.get("/probe/pays")
            # An instance sends in order: when this one is there, so is every repetition of those before.
            last.add(trace_id := uuid.uuid4().hex)
            await client.get("/probe/crashes/99", headers=ada.headers | _parent(trace_id))

    def all_there(items: list[SentryItem]) -> bool:
        return last <= {item.trace_id for item in items if item.type == "event"}

    items = await arrived(prober.folder / "sinks" / SENTRY_FILE, SentryItem, all_there)
    events = [item for item in items if item.type == "event"]
    counts = Counter(event.trace_id for event in events)
    for trace_id, case in crashed.items():
        prober.saw("sentry-events", case, counts[trace_id], detail=f"trace {trace_id}")
    prober.saw("sentry-foreseen", "GET /nowhere", counts[handled])
    expected = {
        "user": str(ada.id),
        "release": prober.environment["APP_VERSION"],
        "environment": prober.environment["ENVIRONMENT"],
    }
    for event in events:
        told = {"user": str(event.user.get("id")), "release": event.release, "environment": event.environment}
        wrong = [f"{name} {told[name]}, not {value}" for name, value in expected.items() if told[name] != value]
        prober.saw(
            "sentry-context-wrong", crashed.get(event.trace_id or "", "last"), len(wrong), detail=", ".join(wrong)
        )
        leaked = [
            name
            for name, secret in (("crash", SECRET), ("token", ada.token), ("e-mail", ada.email))
            if secret.encode() in bytes(event.payload)
        ]
        prober.saw("sentry-secrets", crashed.get(event.trace_id or "", "last"), len(leaked), detail=", ".join(leaked))
    measured = sum(item.type == "transaction" and item.transaction == "GET /probe/pays" for item in items)
    sent = MEASURED // len(members) * len(members)
    prober.saw("sentry-sampled", f"rate {SHARE}", measured / sent, detail=f"{measured} of {sent} requests")


PROBE = probe(
    title="Every unhandled error reaches Sentry once",
    ask=ask,
    expect=(
        Observed(of="sentry-events", equals=1, cases=3 * CRASHES),
        Observed(of="sentry-foreseen", equals=0),
        Observed(of="sentry-context-wrong", equals=0, cases=3 * CRASHES),
        Observed(of="sentry-secrets", equals=0, cases=3 * CRASHES),
        Observed(of="sentry-sampled", at_least=0.12),
        Observed(of="sentry-sampled", at_most=0.88),
    ),
    claims=("OBS-SENTRY",),
    on=sampling_half,
)
