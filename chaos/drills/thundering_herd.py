"""What a restart of everything at once costs, when clients come back all at the same moments, and when they come back
spread over the time.
"""

from chaos.asks.herd import (
    AT_RANDOM,
    CLIENTS,
    IN_STEP,
    gather_at_random,
    gather_in_step,
    return_at_random,
    return_in_step,
)
from chaos.asks.hot_keys import publish
from chaos.faults.kill_all import KillAll
from harness.checks.observed import Observed
from harness.checks.pool_bounds import PoolBounds
from harness.checks.recovered import Recovered
from harness.checks.slo import slo
from harness.drill import Abort, Drill, Load, Phase, Profile, baseline, fault, recovery, warm_up
from harness.stack import Role

INSTANCES = 3
EVERYTHING = KillAll(roles=(Role.LB, Role.APP, Role.POOL, Role.CACHE))

DRILL = Drill(
    title="Balancer, instances, PgBouncer and Redis restart at once, and all clients come back: in step, and at random",
    loads=(Load(scenario="skim", rate=30),),
    timeline=(
        warm_up(2),
        Phase(name="published", seconds=20, ask=publish),
        baseline(5),
        Phase(name="in step", seconds=20, ask=gather_in_step),
        fault(EVERYTHING, 1),
        Phase(name="back in step", seconds=30, ask=return_in_step),
        recovery(5),
        Phase(name="at random", seconds=20, ask=gather_at_random),
        fault(EVERYTHING, 1),
        Phase(name="back at random", seconds=30, ask=return_at_random),
        recovery(5),
    ),
    # Nobody is there to answer.
    abort=Abort(errors_percent=100),
    expect=(
        slo("http.p95 < 1s", during=("baseline", "recovery")),
        slo("http.errors < 1%", during=("baseline", "recovery")),
        # From when everything serves again; and all that clients see of it, which is mostly how long instances start.
        Observed(of="back", at_most=8, cases=2),
        Observed(of="outage", at_most=30, cases=2),
        # 503 by the balancer, or nobody there: nobody is sent away for good, nor has to log in anew.
        Observed(of="answers", among=(0, 200, 503), cases=4),
        # What a pause of one length does, and what a drawn one saves.
        Observed(of=IN_STEP, at_least=CLIENTS / 2),
        Observed(of=AT_RANDOM, at_most=CLIENTS / 2),
        Observed(of="queries-per-request", at_most=1, cases=2),
        Observed(of="recomputations", at_most=INSTANCES * INSTANCES, cases=2),
        PoolBounds(servers=30, connections=40),
        Recovered(within=3),
    ),
    claims=("RES-REDIS", "PERF-CACHE"),
    needs=(Role.LB, Role.APP, Role.POOL, Role.CACHE),
    profile=Profile.FULL,
)
