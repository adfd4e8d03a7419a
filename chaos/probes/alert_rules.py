"""The alert rules, by Prometheus's own unit tests: each fires under what should raise it and stays silent otherwise."""

import yaml

from harness.checks.observed import Observed
from harness.probe import in_a_thread, probe
from harness.prober import Prober
from harness.tools import find
from harness.tools.run import run

FOLDER = "deploy/prometheus"
ALERTS = (
    "HighErrorRate",
    "SlowResponses",
    "HighMemory",
    "HighCpu",
    "PoolExhausted",
    "HealthCheckFailed",
    "CertificateExpires",
    "SecurityScanFailed",
)


@in_a_thread
def ask(prober: Prober) -> None:
    folder = prober.files / FOLDER
    promtool = find.system("promtool", package="prometheus")
    amtool = find.system("amtool", package="prometheus-alertmanager")
    for case, arguments in (
        ("prometheus.yml", ("check", "config", "prometheus.yml")),
        ("alerts.yml", ("check", "rules", "alerts.yml")),
        ("alerts_test.yml", ("test", "rules", "alerts_test.yml")),
    ):
        done = run([promtool.path, *arguments], folder, promtool.environment)
        prober.saw("promtool", case, done.status, detail="" if done.status == 0 else done.text[-400:])
    done = run([amtool.path, "check-config", "alertmanager.yml"], folder, amtool.environment)
    prober.saw("amtool", "alertmanager.yml", done.status, detail="" if done.status == 0 else done.text[-300:])
    rules = yaml.safe_load((folder / "alerts.yml").read_text())
    there_are = [rule["alert"] for group in rules["groups"] for rule in group["rules"]]
    asserts = [
        one
        for test in yaml.safe_load((folder / "alerts_test.yml").read_text())["tests"]
        for one in test["alert_rule_test"]
    ]
    for alert in ALERTS:
        mine = [bool(one.get("exp_alerts")) for one in asserts if one["alertname"] == alert]
        prober.saw("alerts", alert, there_are.count(alert))
        prober.saw("alert-fires-in-a-test", alert, mine.count(True))
        prober.saw("alert-is-silent-in-a-test", alert, mine.count(False))


PROBE = probe(
    title="Each alert fires when it should, and only then",
    ask=ask,
    needs_stack=False,
    expect=(
        Observed(of="promtool", equals=0, cases=3),
        Observed(of="amtool", equals=0),
        Observed(of="alerts", equals=1, cases=len(ALERTS)),
        Observed(of="alert-fires-in-a-test", at_least=1, cases=len(ALERTS)),
        Observed(of="alert-is-silent-in-a-test", at_least=1, cases=len(ALERTS)),
    ),
    # Of its parts the one that a rule can prove: the expiry is alerted. The others ring in drills.
    claims=("INF-TLS",),
)
