from chaos.asks.poisoning import ask_each
from chaos.faults.poison import Poison
from harness.checks.grew import Grew
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.observed import Observed
from harness.checks.recovered import Recovered
from harness.checks.slo import slo
from harness.drill import Drill, Load, Phase, Profile, baseline, fault, recovery, warm_up
from harness.stack import Role

DRILL = Drill(
    title="Inputs that might kill who reads them are sent to every instance: each is answered, and nobody else notices",
    loads=(Load(scenario="browse", rate=30),),
    timeline=(
        warm_up(2),
        baseline(4),
        fault(Poison(), 8),
        Phase(name="one by one", seconds=60, ask=ask_each),
        recovery(4),
    ),
    expect=(
        slo("http.p95 < 1s", during=("baseline", "fault", "recovery")),
        slo("http.errors < 1%", during=("baseline", "fault", "recovery")),
        Observed(of="poison-answered", equals=1, cases=100),
        Observed(of="poison-seconds", at_most=3, cases=100),
        Grew(role="app", most_mib=50),
        Recovered(within=3),
        NoWriteLost(),
    ),
    claims=("RES-ERRORS", "SEC-VALID"),
    needs=(Role.APP, Role.LB),
    profile=Profile.FULL,
)
