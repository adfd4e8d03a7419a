from chaos.faults.misbehave import Misbehave
from harness.checks.retry_pauses import RetryPauses
from harness.checks.sent_once import SentOnce
from harness.checks.slo import slo
from harness.checks.tries import Tries
from harness.drill import Drill, Load, Phase, Profile, baseline, recovery, warm_up
from harness.stack import Role

DRILL = Drill(
    title="Calls of the AI service fail now and then, with the guide's own 3 tries at 1000 ms",
    loads=(Load(scenario="assist", rate=12),),
    timeline=(
        warm_up(2),
        baseline(3),
        # Of so many, one call in eleven comes to its third try, and hardly one in forty fails: no breaker opens.
        Phase(name="fault", seconds=12, fault=Misbehave(kind="status", share=0.3), least_s=12),
        recovery(3),
    ),
    expect=(
        Tries(times=3),
        RetryPauses(interval_s=1.0),
        SentOnce(),
        slo("http.errors < 1%", during=("baseline", "recovery")),
    ),
    claims=("RES-RETRY",),
    needs=(Role.UPSTREAM,),
    profile=Profile.FULL,
)
