"""The alert rules ask for metrics that there are, and for the limits that the manifests set."""

import re
from pathlib import Path
from typing import Any

import yaml

from target.observability.metrics import Metrics

ROOT = Path(__file__).parents[2]
RULES = (ROOT / "deploy/prometheus/alerts.yml").read_text()


def limits() -> dict[str, str]:
    manifest: dict[str, Any] = yaml.safe_load((ROOT / "deploy/kubernetes/base/deployment.yaml").read_text())
    found: dict[str, str] = manifest["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]
    return found


def test_the_target_has_every_metric_that_they_ask_it_for() -> None:
    metrics = Metrics()
    metrics.observe_request("GET", "/feed", 200, 0.01)
    exposed = set(re.findall(r"^(\w+)", metrics.expose().decode(), re.MULTILINE))
    asked = set(re.findall(r'(\w+)\{job="quemiai-backend"', RULES)) - {"up"}
    assert len(asked) == 5
    assert asked <= exposed


def test_memory_and_cpu_are_shares_of_the_limits() -> None:
    assert limits() == {"memory": "1Gi", "cpu": "500m"}
    assert 'process_resident_memory_bytes{job="quemiai-backend"} / (1024 * 1024 * 1024) > 0.8' in RULES
    assert 'rate(process_cpu_seconds_total{job="quemiai-backend"}[1m]) / 0.5 > 0.8' in RULES
