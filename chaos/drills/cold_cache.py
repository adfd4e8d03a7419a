from chaos.asks.hot_keys import COLD, READERS, ask_since_the_start, publish
from chaos.faults.kill_all import KillAll
from harness.checks.observed import Observed
from harness.checks.recovered import Recovered
from harness.checks.slo import slo
from harness.drill import Abort, Drill, Load, Phase, Profile, baseline, fault, recovery, warm_up
from harness.stack import Role

INSTANCES = 3

DRILL = Drill(
    title="Redis and all instances restart at once, nothing is cached anywhere, and each instance computes a page once",
    loads=(Load(scenario="skim", rate=40),),
    timeline=(
        warm_up(2),
        Phase(name="published", seconds=20, ask=publish),
        baseline(6),
        fault(KillAll(roles=(Role.APP, Role.CACHE)), 1),
        recovery(8),
        Phase(name="cold", seconds=30, ask=ask_since_the_start),
    ),
    # Nobody is there to answer.
    abort=Abort(errors_percent=100),
    expect=(
        slo("http.p95 < 1s", during=("baseline", "recovery")),
        slo("http.errors < 1%", during="baseline"),
        # From when all instances say that they serve.
        Recovered(within=3),
        # Each instance that meets the new Redis makes the others begin again: what was cached before is not believed.
        Observed(of="recomputations-since-the-start", at_most=INSTANCES * INSTANCES),
        Observed(of="recomputations", at_most=INSTANCES, cases=len(COLD)),
        Observed(of="read-status", equals=200, cases=len(COLD) * READERS),
    ),
    claims=("PERF-CACHE", "RES-REDIS"),
    needs=(Role.APP, Role.CACHE),
    profile=Profile.FULL,
)
