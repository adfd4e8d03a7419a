from functools import partial

from chaos.asks.revocation import PATIENCE_S, ask_again, ask_all, ask_without_redis
from chaos.faults.drop import Drop
from chaos.faults.pause import Pause
from harness.checks.observed import Observed
from harness.drill import Drill, Phase, Profile, fault
from harness.stack import Role

DROPPED, SILENT = "Redis dropped", "Redis silent"

DRILL = Drill(
    title="A revoked token is refused on every instance at once, and with Redis gone as stated",
    timeline=(
        Phase(name="baseline", seconds=PATIENCE_S, ask=ask_all),
        fault(Drop(Role.CACHE), PATIENCE_S, ask=partial(ask_without_redis, how=DROPPED)),
        Phase(name="recovery", seconds=PATIENCE_S, ask=partial(ask_again, how=DROPPED)),
        fault(Pause(Role.CACHE), PATIENCE_S, ask=partial(ask_without_redis, how=SILENT)),
        Phase(name="recovery", seconds=PATIENCE_S, ask=partial(ask_again, how=SILENT)),
    ),
    expect=(
        Observed(of="let-in-before", equals=200, cases=9),
        Observed(of="told", equals="revoked", cases=3),
        Observed(of="revoked-token", equals=401, cases=9),
        # The stated policy: nobody is locked out for a lost Redis, so that what is revoked is refused at once where it
        # was revoked, and elsewhere when Redis is back. Whoever revokes is told so, and no session can be prolonged.
        Observed(of="valid-without-redis", equals=200, cases=6),
        Observed(of="told-without-redis", equals="pending", cases=2),
        Observed(of="refused-where-revoked", equals=401, cases=9),
        Observed(of="let-in-elsewhere", equals=200, cases=18),
        Observed(of="refreshed-without-redis", equals=401, cases=6),
        Observed(of="seconds-until-refused", at_most=5, cases=2),
    ),
    claims=("SEC-REVOKE",),
    needs=(Role.APP, Role.LB, Role.CACHE),
    profile=Profile.STANDARD,
)
