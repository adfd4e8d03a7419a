from chaos.alarms import PACE
from chaos.asks.alarming import (
    CPU_STATED_S,
    PATIENCE_S,
    STATED_S,
    blip,
    go_on_listening,
    listen,
    rest,
    wear_out,
    with_alarms_and_no_bounds,
)
from chaos.faults.kill import Kill
from harness.checks.alerted import Alerted
from harness.checks.no_alert import NoAlert
from harness.checks.slo import slo
from harness.drill import Drill, Load, Phase, Profile, warm_up
from harness.stack import Role

DRILL = Drill(
    title="An instance is killed, one fills its memory, one its CPU, and a scan fails: four alerts, and no others",
    loads=(Load(scenario="browse", rate=20),),
    timeline=(
        warm_up(3),
        Phase(name="baseline", seconds=PATIENCE_S, ask=listen),
        Phase(name="blip", seconds=PATIENCE_S, ask=blip),
        Phase(name="fault", seconds=PATIENCE_S, fault=Kill(Role.APP, "app-3"), ask=wear_out),
        Phase(name="recovery", seconds=PATIENCE_S, ask=rest),
        Phase(name="silence", seconds=PATIENCE_S, ask=go_on_listening),
    ),
    expect=(
        slo("http.errors < 1%", during="baseline"),
        NoAlert(phase="baseline"),
        NoAlert(phase="blip"),
        Alerted(alert="HighMemory", told="tickets", phase="fault", within=STATED_S, pace=PACE),
        Alerted(alert="HighCpu", told="tickets", phase="fault", within=CPU_STATED_S, pace=PACE),
        Alerted(alert="SecurityScanFailed", told="tickets", phase="fault", within=STATED_S, pace=PACE),
        Alerted(alert="HealthCheckFailed", told="on-call", phase="fault", within=STATED_S, pace=PACE),
        NoAlert(phase="fault", but=("HighMemory", "HighCpu", "SecurityScanFailed", "HealthCheckFailed")),
        NoAlert(phase="silence"),
    ),
    claims=("INC-ALERTS",),
    on=with_alarms_and_no_bounds,
    needs=(Role.APP, Role.LB),
    profile=Profile.FULL,
)
