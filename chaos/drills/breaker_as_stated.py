from chaos.asks.breaker import ask_until_closed, ask_until_open
from chaos.faults.misbehave import Misbehave
from harness.checks.breaker import Breaker
from harness.checks.doubted import Doubted
from harness.checks.observed import Observed
from harness.checks.slo import slo
from harness.drill import Abort, Drill, Load, Phase, Profile, baseline, fault, recovery, warm_up
from harness.stack import Role

DRILL = Drill(
    title="The AI service hangs, with the guide's own 5 s, 50 % and 30 s",
    loads=(Load(scenario="browse", rate=10), Load(scenario="assist", rate=10)),
    timeline=(
        warm_up(2),
        baseline(6),
        fault(Misbehave(kind="hang"), 60, ask=ask_until_open),
        Phase(name="closing", seconds=60, ask=ask_until_closed),
        recovery(5),
    ),
    # Half of what is asked is to fail.
    abort=Abort(errors_percent=75),
    expect=(
        Breaker(percent=50, open_s=30, closes_within=35, longer_s=3),
        Observed(of="refused-call", at_most=0.5, cases=3),
        Observed(of="answered-again", at_most=35, cases=3),
        # The two doubts: what a caller waits until the breaker is open, and whether all open at the same time.
        Observed(of="breakers-apart", at_most=10),
        Doubted(
            of="failing-call",
            at_most=1,
            cases=3,
            claim="RES-BREAKER",
            instead="Until the breaker opens, a call of a service that hangs costs its caller the 5 s of the time-out,"
            " five times the objective of 1 s: say that the objective is not about these routes, or give up after 1 s.",
        ),
        slo("http.p95 < 1s", during=("baseline", "recovery")),
        slo("http.errors < 1%", during=("baseline", "recovery")),
    ),
    claims=("RES-BREAKER",),
    needs=(Role.UPSTREAM,),
    profile=Profile.FULL,
)
