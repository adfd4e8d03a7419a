from chaos.faults.misbehave import Misbehave
from chaos.impatient import impatient
from harness.checks.amplification import Amplification
from harness.checks.retry_pauses import RetryPauses
from harness.checks.sent_once import SentOnce
from harness.checks.slo import slo
from harness.drill import Abort, Drill, Load, Phase, Profile, baseline, recovery, warm_up
from harness.stack import Role

DRILL = Drill(
    title="The AI service breaks off each answer: retries do not storm it, and what may be sent once is",
    loads=(Load(scenario="assist", rate=20),),
    timeline=(
        warm_up(2),
        baseline(4),
        # It storms until the breakers open: shorter, and that would be most of it.
        Phase(name="fault", seconds=10, fault=Misbehave(kind="close"), least_s=8),
        recovery(5),
    ),
    on=impatient(timeout_ms=3000, interval_ms=400, reset_ms=4000),
    # All that is asked is to fail.
    abort=Abort(errors_percent=100),
    expect=(
        Amplification(most=1.4, phase="baseline"),
        # Three each until the breakers are open, then hardly any.
        Amplification(most=2.2, phase="fault"),
        RetryPauses(interval_s=0.4),
        SentOnce(cases=5),
        slo("http.errors < 1%", during="baseline"),
    ),
    claims=("RES-RETRY",),
    needs=(Role.UPSTREAM,),
    profile=Profile.FULL,
)
