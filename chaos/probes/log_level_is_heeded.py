"""LOG_LEVEL=warn: what is only information is not written, what is an error is."""

from chaos.crashing import with_crashes
from harness.checks.observed import Observed
from harness.probe import probe
from harness.prober import Prober
from harness.stack import Role
from harness.stacks.plan import StackPlan


def at_warn(plan: StackPlan) -> StackPlan:
    return with_crashes(plan, LOG_LEVEL="warn")


async def ask(prober: Prober) -> None:
    ada = await prober.register()
    for member in prober.stack.members(Role.APP):
        async with prober.client(base_url=prober.instance_url(member)) as client:
            await client.get("/feed", headers=ada.headers)
            await client.get("/probe/crashes/1", headers=ada.headers)
        lines = prober.logs([member]).splitlines()
        for level in ("info", "debug", "trace"):
            prober.saw("lines-below-level", f"{member}, {level}", sum(f'"level":"{level}"' in line for line in lines))
        prober.saw("lines-of-errors", member, sum('"level":"error"' in line for line in lines))


PROBE = probe(
    title="LOG_LEVEL is heeded",
    ask=ask,
    expect=(
        Observed(of="lines-below-level", equals=0, cases=9),
        Observed(of="lines-of-errors", equals=1, cases=3),
    ),
    claims=("OBS-LOG",),
    on=at_warn,
)
