from chaos.asks.stampede import ask_for_what_is_hot
from chaos.faults.flush import Flush
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.observed import Observed
from harness.checks.slo import slo
from harness.drill import Drill, Load, Phase, Profile, baseline, fault, recovery, warm_up
from harness.stack import Role

DRILL = Drill(
    title="Redis is flushed under load: reads go on, and what is hot is computed once by each instance",
    loads=(Load(scenario="browse", rate=30),),
    timeline=(
        warm_up(2),
        baseline(4),
        fault(Flush(Role.CACHE), 5),
        Phase(name="stampede", seconds=30, ask=ask_for_what_is_hot),
        recovery(4),
    ),
    expect=(
        slo("http.p95 < 1s", during=("baseline", "fault", "recovery")),
        slo("http.errors < 1%", during=("baseline", "fault", "recovery")),
        Observed(of="read-after-flush", equals=200, cases=100),
        # Each of three instances computes it once, and a write of the load may make them begin again.
        Observed(of="recomputations", at_most=12, cases=5),
        # Nobody computes it: then nothing was counted, or nothing was lost.
        Observed(of="recomputations", at_least=1, cases=5),
        NoWriteLost(),
    ),
    claims=("RES-REDIS", "PERF-CACHE"),
    needs=(Role.CACHE,),
    profile=Profile.STANDARD,
)
