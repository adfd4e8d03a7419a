"""The guide's formula for the connections of an instance, on the database that runs: as many as it allows are had, by
all instances at once and while one more is deployed, and as many as the other formula allows are not. Meanwhile the
service goes on.
"""

from chaos.asks.connection_plan import FLEETS, open_as_planned
from harness.checks.doubted import Doubted
from harness.checks.observed import Observed
from harness.checks.slo import slo
from harness.drill import Drill, Load, Phase, Profile, baseline, warm_up
from harness.stack import Role

DRILL = Drill(
    title="The guide's formula for connections holds on the database, and one beyond it does not",
    loads=(Load(scenario="browse", rate=20),),
    timeline=(warm_up(2), baseline(4), Phase(name="plan", seconds=30, ask=open_as_planned)),
    expect=(
        slo("http.p95 < 1s", during=("baseline", "plan")),
        slo("http.errors < 1%", during=("baseline", "plan")),
        Observed(of="planned", equals=0, cases=len(FLEETS)),
        Observed(of="deploying", equals=0, cases=len(FLEETS)),
        Observed(of="reserve", equals=0),
        Observed(of="beyond", at_least=3),
        Observed(of="own-share", at_most=1),
        Doubted(
            of="first-formula",
            equals=0,
            claim="DB-FORMULA",
            instead="the second formula alone: the first counts neither what is reserved, for superusers at the least,"
            " nor a deploy",
        ),
        Doubted(
            of="formulas-differ-by",
            equals=0,
            claim="DB-FORMULA",
            instead="one formula: 0.75 × (max_connections - reserved) / instances",
        ),
        Doubted(
            of="replacing",
            equals=0,
            claim="DB-FORMULA",
            instead="the number of instances while deploying: with one more at a time the 75 % are enough, but where"
            " all old and all new ones run side by side it is twice as many instances",
        ),
    ),
    claims=("DB-FORMULA",),
    needs=(Role.APP, Role.POOL, Role.DB),
    profile=Profile.FULL,
)
