"""Every instance pushes its metrics as a group of its own, and what it pushed last is what a scrape would tell."""

import msgspec
from prometheus_client.parser import text_string_to_metric_families

from harness.checks.observed import Observed
from harness.probe import probe
from harness.prober import Prober
from harness.sinks.arrivals import arrived
from harness.sinks.records import PUSHES_FILE, Push
from harness.stack import Role
from harness.stacks.plan import StackPlan

REQUESTS = 7
SERIES = {"method": "GET", "route": "/feed", "status": "200"}


def every_half_second(plan: StackPlan) -> StackPlan:
    environment = plan.app_environment | {"PROMETHEUS_PUSH_SECONDS": "0.5"}
    return msgspec.structs.replace(plan, app_environment=environment)


def pushed(pushes: list[Push], member: str) -> float:
    """The count of SERIES in an instance's latest push; 0 before the first."""
    for push in reversed(pushes):
        if push.grouping.get("instance") == member:
            return sum(s.value for s in push.samples if s.name == "http_requests_total" and s.labels == SERIES)
    return 0


async def ask(prober: Prober) -> None:
    ada = await prober.register()
    scraped = {}
    for number, member in enumerate(prober.stack.members(Role.APP)):
        async with prober.client(base_url=prober.instance_url(member)) as client:
            # Another number for each: a push under another's name must show.
            for _ in range(REQUESTS + number):
                await client.get("/feed", headers=ada.headers)
            text = (await client.get("/metrics")).text
        scraped[member] = sum(
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == "http_requests_total" and sample.labels == SERIES
        )

    def all_there(pushes: list[Push]) -> bool:
        return all(pushed(pushes, member) >= count for member, count in scraped.items())

    pushes = await arrived(prober.folder / "sinks" / PUSHES_FILE, Push, all_there, patience_s=8.0)
    for member, count in scraped.items():
        told = pushed(pushes, member)
        prober.saw("pushed-difference", member, told - count, detail=f"{told:.0f} pushed, {count:.0f} scraped")
    for push in pushes[-3:]:
        prober.saw("pushed-names", str(push.grouping), len({sample.name for sample in push.samples}))


PROBE = probe(
    title="Metrics are pushed, each instance's as its own",
    ask=ask,
    expect=(Observed(of="pushed-difference", equals=0, cases=3), Observed(of="pushed-names", at_least=10, cases=3)),
    claims=("OBS-PUSH",),
    on=every_half_second,
)
