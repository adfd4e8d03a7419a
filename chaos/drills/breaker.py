from chaos.faults.misbehave import Misbehave
from chaos.impatient import impatient
from harness.checks.answered import Answered
from harness.checks.answered_within import AnsweredWithin
from harness.checks.breaker import Breaker
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.recovered import Recovered
from harness.checks.slo import slo
from harness.drill import Abort, Drill, Load, Phase, Profile, baseline, recovery, warm_up
from harness.stack import Role

DRILL = Drill(
    title="The AI service fails: each breaker opens at 50 %, refuses at once, tries again and closes",
    loads=(Load(scenario="browse", rate=15), Load(scenario="assist", rate=15)),
    timeline=(
        warm_up(2),
        baseline(4),
        # In a window of 10 s the failures must first outweigh what went well before.
        Phase(name="fault", seconds=12, fault=Misbehave(kind="status"), least_s=10),
        recovery(12),
    ),
    on=impatient(timeout_ms=1000, interval_ms=100, reset_ms=1500),
    # Half of what is asked is to fail.
    abort=Abort(errors_percent=75),
    expect=(
        Breaker(percent=50, open_s=1.5, closes_within=3),
        AnsweredWithin(request="POST /ai/", statuses=(503,), within=0.4, cases=10),
        Answered(request="GET /feed", statuses=(200,), phase="fault"),
        slo("http.p95 < 1s", during=("baseline", "fault", "recovery")),
        slo("http.availability >= 99%", during="baseline"),
        Recovered(within=6),
        NoWriteLost(),
    ),
    claims=("RES-BREAKER",),
    needs=(Role.UPSTREAM,),
    profile=Profile.STANDARD,
)
