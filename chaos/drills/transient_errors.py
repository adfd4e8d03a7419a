from chaos.faults.misbehave import Misbehave
from chaos.impatient import impatient
from harness.checks.amplification import Amplification
from harness.checks.error_budget import ErrorBudget
from harness.checks.sent_once import SentOnce
from harness.checks.slo import slo
from harness.checks.unchanged import Unchanged
from harness.drill import Drill, Load, Phase, Profile, baseline, recovery, warm_up
from harness.stack import Role

DRILL = Drill(
    title="One call of the AI service in four fails: a second try mends it, and no breaker opens",
    loads=(Load(scenario="assist", rate=25),),
    timeline=(
        warm_up(2),
        baseline(4),
        # Each instance's breaker must have seen some calls fail.
        Phase(name="fault", seconds=12, fault=Misbehave(kind="status", share=0.25), least_s=10),
        recovery(4),
    ),
    on=impatient(timeout_ms=3000, interval_ms=100, reset_ms=1500),
    expect=(
        # Of the calls that are tried three times, one in 64 fails; of the others, which are an eighth, one in four: 2.7
        # times the rate of the budget, twice of which does not come by chance.
        slo("http.availability >= 85%", during="fault"),
        slo("http.errors < 1%", during=("baseline", "recovery")),
        ErrorBudget(objective=99, most_rate=5.5),
        Amplification(most=1.6, phase="fault"),
        Unchanged(by="breaker"),
        SentOnce(),
    ),
    claims=("RES-RETRY", "RES-BREAKER"),
    needs=(Role.UPSTREAM,),
    profile=Profile.FULL,
)
