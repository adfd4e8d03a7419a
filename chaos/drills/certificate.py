from chaos.asks.certifying import ask_when_renewed, ask_while_expired, ask_who_is_connected, connect, with_tls
from chaos.faults.expire_certificate import ExpireCertificate
from chaos.faults.rotate_certificate import RotateCertificate
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.observed import Observed
from harness.checks.slo import slo
from harness.drill import Drill, Load, Phase, Profile, baseline, fault, recovery, warm_up
from harness.stack import Role

KEPT = Phase(name="kept", seconds=20, ask=ask_who_is_connected)
FOUND = Phase(name="found", seconds=20, ask=ask_while_expired)

DRILL = Drill(
    title="The balancer's certificate is renewed, expires, which is found, and is renewed again: no connection drops",
    loads=(Load(scenario="browse", rate=30),),
    timeline=(
        warm_up(3),
        baseline(6),
        Phase(name="connected", seconds=20, ask=connect),
        fault(RotateCertificate(Role.LB), 4, then=KEPT),
        fault(ExpireCertificate(Role.LB), 4, then=FOUND),
        Phase(name="renewed", seconds=20, ask=ask_when_renewed),
        recovery(6),
    ),
    on=with_tls,
    expect=(
        slo("http.p95 < 1s", during=("baseline", "recovery")),
        # The clients of the load check no certificate: all that could go wrong is a connection that drops.
        slo("http.errors <= 0%", during=("fault", "recovery")),
        # It is given up in the phase before: the load may miss it, who is connected cannot.
        Observed(of="connections-lost", equals=0, cases=2),
        Observed(of="expired-days-left", at_most=0),
        Observed(of="expired-is-refused", equals="certificate has expired"),
        Observed(of="renewed-days-left", at_least=21),
        Observed(of="renewed-is-taken", equals=1),
        NoWriteLost(),
    ),
    claims=("INF-TLS",),
    needs=(Role.LB,),
    profile=Profile.FULL,
)
