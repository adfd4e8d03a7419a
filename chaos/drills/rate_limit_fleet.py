from chaos.asks.rate_limit import (
    FEW,
    HALF,
    INSTANCES,
    LIMIT,
    PATIENCE_S,
    ask_again,
    ask_all,
    ask_the_others,
    ask_without_redis,
    guides_limit,
)
from chaos.faults.drop import Drop
from chaos.faults.kill import Kill
from harness.checks.observed import Observed
from harness.drill import Drill, Phase, Profile, fault
from harness.fault import one
from harness.stack import Role

DRILL = Drill(
    title="One limit over all instances: with one of them killed, and with Redis gone as stated",
    timeline=(
        Phase(name="baseline", seconds=PATIENCE_S, ask=ask_all),
        fault(Kill(Role.APP, one), PATIENCE_S, ask=ask_the_others),
        fault(Drop(Role.CACHE), PATIENCE_S, ask=ask_without_redis),
        Phase(name="recovery", seconds=PATIENCE_S, ask=ask_again),
    ),
    on=guides_limit,
    expect=(
        Observed(of="passed-of-one-limit", equals=LIMIT, cases=4),
        Observed(of="passed-before", equals=HALF),
        # The stated policy: a lost Redis locks nobody out, and opens the door no further than this.
        Observed(of="passed-without-redis", at_most=INSTANCES * LIMIT),
        Observed(of="passed-without-redis", at_least=LIMIT),
        Observed(of="refused-without-redis", at_least=LIMIT),
        Observed(of="seconds-until-redis-is-trusted", at_most=10),
        Observed(of="neither-passed-nor-refused", at_most=FEW, cases=5),
    ),
    claims=("SEC-RATE",),
    needs=(Role.APP, Role.LB, Role.CACHE),
    profile=Profile.STANDARD,
)
