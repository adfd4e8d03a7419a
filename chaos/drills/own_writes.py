from chaos.faults.drop import Drop
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.own_writes import OwnWrites
from harness.checks.slo import slo
from harness.drill import Drill, Load, Profile, baseline, fault, recovery, warm_up
from harness.stack import Role

DRILL = Drill(
    title="Whoever has written a post sees it in the feed at once, also when Redis drops and comes back",
    loads=(Load(scenario="reread", rate=10),),
    timeline=(warm_up(2), baseline(4), fault(Drop(Role.CACHE), 6), recovery(4)),
    expect=(
        # An instance asks every half second whether Redis is back, and until then it cannot invalidate what others
        # have in it already.
        OwnWrites(settles_s=1.5),
        NoWriteLost(),
        slo("http.availability >= 99%", during=("baseline", "recovery")),
        slo("http.p95 < 1s", during=("baseline", "fault", "recovery")),
    ),
    claims=("PERF-CACHE", "RES-REDIS"),
    needs=(Role.APP, Role.CACHE),
    profile=Profile.FULL,
)
