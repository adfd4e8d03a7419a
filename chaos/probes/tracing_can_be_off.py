"""With OTEL_SDK_DISABLED=true not one span leaves, and requests keep their trace ids."""

import msgspec

from harness.checks.observed import Observed
from harness.probe import probe
from harness.prober import Prober
from harness.sinks.arrivals import arrived
from harness.sinks.records import PUSHES_FILE, TRACES_FILE, Push, Span, read_records
from harness.stack import Role
from harness.stacks.plan import StackPlan

REQUESTS = 30
ROUNDS = 4


def disabled(plan: StackPlan) -> StackPlan:
    # The metrics' pushes tell that time has passed: spans would have gone out with the second of them.
    environment = {"OTEL_SDK_DISABLED": "true", "PROMETHEUS_PUSH_SECONDS": "1"}
    return msgspec.structs.replace(plan, app_environment=plan.app_environment | environment)


async def ask(prober: Prober) -> None:
    ada = await prober.register()
    with_id = 0
    for _ in range(REQUESTS):
        answer = await prober.http.get("/feed", headers=ada.headers)
        with_id += len(answer.headers.get("x-trace-id", "")) == 32
    pushes = prober.folder / "sinks" / PUSHES_FILE
    due = {
        member: sum(_by(push) == member for push in read_records(pushes, Push)) + ROUNDS
        for member in prober.stack.members(Role.APP)
    }
    sent = await arrived(pushes, Push, lambda all_: all(sum(_by(p) == m for p in all_) >= n for m, n in due.items()))
    in_time = all(sum(_by(push) == member for push in sent) >= count for member, count in due.items())
    spans = list(read_records(prober.folder / "sinks" / TRACES_FILE, Span))
    prober.saw("disabled-spans", f"{REQUESTS} requests", len(spans) if in_time else None)
    prober.saw("disabled-trace-ids", f"{REQUESTS} requests", with_id)


def _by(push: Push) -> str:
    return push.grouping.get("instance", "")


PROBE = probe(
    title="Tracing can be switched off",
    ask=ask,
    expect=(Observed(of="disabled-spans", equals=0), Observed(of="disabled-trace-ids", equals=REQUESTS)),
    claims=("OBS-OTEL",),
    on=disabled,
)
