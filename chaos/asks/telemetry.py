"""What becomes of traces whose receiver is gone, silent or slow: those that are missing must have been counted."""

import asyncio
import uuid

import msgspec
from prometheus_client.parser import text_string_to_metric_families

from harness.prober import Prober
from harness.sinks.arrivals import arrived
from harness.sinks.records import TRACES_FILE, Span
from harness.stack import Role
from harness.stacks.plan import StackPlan

OUTLETS = ("sentry", "traces", "metrics")
EACH_S, EVERY_S = 4.0, 0.1
PATIENCE_S = 30.0


def telling_all(plan: StackPlan) -> StackPlan:
    """Each request is measured for Sentry, and there is always a push under way."""
    told = {"SENTRY_TRACES_SAMPLE_RATE": "1", "PROMETHEUS_PUSH_SECONDS": "0.5"}
    return msgspec.structs.replace(plan, app_environment=plan.app_environment | told)


async def ask(prober: Prober) -> None:
    """Requests whose traces are known by name, while nobody can be told of them."""
    with (prober.work / "traces").open("a") as file:
        for _ in range(round(EACH_S / EVERY_S)):
            file.write(f"{await trace(prober, prober.url)}\n")
            await asyncio.sleep(EVERY_S)


async def trace(prober: Prober, url: str) -> str:
    trace_id = uuid.uuid4().hex
    await prober.http.get(f"{url}/privacy/format", headers={"traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"})
    return trace_id


async def count(prober: Prober) -> None:
    known = set((prober.work / "traces").read_text().split())
    members = [prober.instance_url(member) for member in prober.stack.members(Role.APP)]
    # An instance sends in order: when this one is there, all before have arrived, or never will.
    last = {await trace(prober, url) for url in members}

    def is_there(spans: list[Span]) -> bool:
        return last <= {span.trace_id for span in spans}

    spans = await arrived(prober.folder / "sinks" / TRACES_FILE, Span, is_there, patience_s=PATIENCE_S / 2)
    missing = known - {span.trace_id for span in spans}
    lost = dict.fromkeys(OUTLETS, 0.0)
    for url in members:
        for family in text_string_to_metric_families((await prober.http.get(f"{url}/metrics")).text):
            for sample in family.samples:
                if sample.name == "telemetry_lost_total":
                    lost[sample.labels["outlet"]] += sample.value
    for outlet, number in lost.items():
        prober.saw("lost-and-counted", outlet, number)
    prober.saw("traces-back", "one of each instance", is_there(spans))
    prober.saw("traces-missing", f"of {len(known)}", len(missing), "traces")
    prober.saw("missing-and-not-counted", f"of {len(known)}", max(0, len(missing) - lost["traces"]), "traces")
