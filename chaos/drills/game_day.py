import random

from chaos.drawing import drawn_from
from chaos.faults.drop import Drop
from chaos.faults.hang import Hang
from chaos.faults.kill import Kill
from chaos.faults.pause import Pause
from chaos.faults.slow import Slow
from chaos.faults.stop import Stop
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.recovered import Recovered
from harness.checks.slo import slo
from harness.drill import Drill, Load, Profile
from harness.stack import Hop, Role

FAULTS = (
    Kill(Role.APP),
    Stop(Role.APP),
    Pause(Role.APP),
    Drop(Role.CACHE),
    Hang(Hop.APP_CACHE),
    Slow(Hop.APP_CACHE, latency_ms=100, jitter_ms=20),
    Slow(Hop.APP_POOL, latency_ms=20, jitter_ms=5),
    Kill(Role.SINKS),
)
SECONDS = 600
ANY_SEED = 1

PLAY = drawn_from(FAULTS, SECONDS)

DRILL = Drill(
    title="Ten minutes of faults that nobody knows before, and that the seed gives again",
    loads=(Load(scenario="browse", rate=40),),
    timeline=PLAY(random.Random(ANY_SEED)),
    drawn=PLAY,
    may_draw=FAULTS,
    expect=(
        slo("http.p95 < 2s", during=("baseline", "fault", "recovery")),
        slo("http.errors < 1%", during=("baseline", "recovery")),
        slo("http.errors < 5%", during="fault"),
        Recovered(within=8),
        NoWriteLost(),
    ),
    needs=(Role.APP, Role.LB, Role.CACHE),
    profile=Profile.FULL,
)
