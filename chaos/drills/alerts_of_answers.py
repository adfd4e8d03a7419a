from chaos.alarms import PACE
from chaos.asks.alarming import (
    PATIENCE_S,
    go_on_listening,
    listen,
    until_exhausted,
    until_failing,
    until_silent,
    until_slow,
    with_alarms_and_small_pools,
)
from chaos.faults.lock_table import LockTable
from chaos.faults.misbehave import LATE, Misbehave
from harness.checks.alerted import Alerted
from harness.checks.no_alert import NoAlert
from harness.checks.slo import slo
from harness.drill import Drill, Load, Phase, Profile, warm_up
from harness.stack import Role

DRILL = Drill(
    title="Answers are slow, then they fail, then a lock holds every connection: each is an alert, in time",
    loads=(Load(scenario="browse", rate=20), Load(scenario="assist", rate=8)),
    timeline=(
        warm_up(3),
        Phase(name="baseline", seconds=PATIENCE_S, ask=listen),
        Phase(name="slow", seconds=PATIENCE_S, fault=Misbehave(kind=LATE, latency_ms=1500), ask=until_slow),
        Phase(name="failing", seconds=PATIENCE_S, fault=Misbehave(kind="status"), ask=until_failing),
        Phase(name="exhausted", seconds=PATIENCE_S, fault=LockTable(table="posts"), ask=until_exhausted),
        Phase(name="recovery", seconds=PATIENCE_S, ask=until_silent),
        Phase(name="silence", seconds=PATIENCE_S, ask=go_on_listening),
    ),
    expect=(
        slo("http.p95 < 1s", during="baseline"),
        slo("http.errors < 1%", during="baseline"),
        NoAlert(phase="baseline"),
        Alerted(alert="SlowResponses", told="on-call", phase="slow", pace=PACE),
        NoAlert(phase="slow", but=("SlowResponses",)),
        Alerted(alert="HighErrorRate", told="on-call", phase="failing", pace=PACE),
        NoAlert(phase="failing", but=("SlowResponses", "HighErrorRate")),
        Alerted(alert="PoolExhausted", told="on-call", phase="exhausted", pace=PACE),
        NoAlert(phase="silence"),
    ),
    claims=("INC-ALERTS",),
    on=with_alarms_and_small_pools,
    needs=(Role.APP, Role.LB, Role.DB, Role.UPSTREAM),
    profile=Profile.FULL,
)
