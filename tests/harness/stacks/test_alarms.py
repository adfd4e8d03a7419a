"""The alarms' files, as they are shipped and as a drill plays them: the real tools take both."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from chaos.alarms import FILES, alarmed, with_rules
from harness.errors import StackError
from harness.stacks.alarms import names, prometheus_file, routes_file, rules_file
from harness.stacks.plan import Alarms, StackPlan
from harness.tools import find
from harness.tools.run import run

PLACES = {"backend1:4000": "127.0.0.1:1", "backend3:4000": "127.0.0.1:3", "alertmanager:9093": "127.0.0.1:9"}


@pytest.fixture(scope="module")
def alarms() -> Alarms:
    found = alarmed(StackPlan()).alarms
    assert found is not None
    return found


def read(text: str) -> Any:
    return yaml.safe_load(text)


def test_every_duration_is_divided_and_nothing_else_is_changed(alarms: Alarms) -> None:
    shipped, played = read(alarms.rules), read(rules_file(alarms))
    before, after = ([rule for group in all_["groups"] for rule in group["rules"]] for all_ in (shipped, played))
    assert [rule["alert"] for rule in after] == list(names(alarms)) == [rule["alert"] for rule in before]
    for old, new in zip(before, after, strict=True):
        assert new["expr"] == old["expr"].replace("[1m]", "[6000ms]")
        assert new["for"] == {"30s": "3000ms", "15s": "1500ms"}[old["for"]]
        assert (new["labels"], new["annotations"]) == (old["labels"], old["annotations"])


def test_instances_are_asked_where_they_can_be_reached(alarms: Alarms) -> None:
    config = read(prometheus_file(alarms, PLACES))
    assert config["global"] == {"scrape_interval": "500ms", "scrape_timeout": "300ms", "evaluation_interval": "500ms"}
    assert config["alerting"]["alertmanagers"][0]["static_configs"] == [{"targets": ["127.0.0.1:9"]}]
    targets = {job["job_name"]: job["static_configs"][0]["targets"] for job in config["scrape_configs"]}
    assert targets == {
        "quemiai-backend": ["127.0.0.1:1", "backend2:4000", "127.0.0.1:3"],
        "haproxy": ["haproxy:8405"],
        "pushgateway": ["pushgateway:9091"],
    }


def test_nobody_outside_is_told(alarms: Alarms) -> None:
    routes = read(routes_file(alarms))
    assert routes["receivers"] == [{"name": "on-call"}, {"name": "tickets"}]
    assert routes["global"] == {"resolve_timeout": "6000ms"}
    assert routes["route"]["routes"][0]["matchers"] == ['severity = "page"']


def test_at_the_usual_pace_the_times_are_those_that_are_shipped(alarms: Alarms) -> None:
    usual = read(rules_file(msgspec.structs.replace(alarms, pace=1.0)))
    assert {rule["for"] for rule in usual["groups"][0]["rules"]} == {"30000ms", "15000ms"}


def test_the_tools_take_what_is_played(alarms: Alarms, tmp_path: Path) -> None:
    promtool, amtool = find.system("promtool", "prometheus"), find.system("amtool", "prometheus-alertmanager")
    (tmp_path / "alerts.yml").write_text(rules_file(alarms))
    (tmp_path / "prometheus.yml").write_text(prometheus_file(alarms, PLACES))
    (tmp_path / "alertmanager.yml").write_text(routes_file(alarms))
    checked = run([promtool.path, "check", "config", "prometheus.yml"], tmp_path, promtool.environment)
    assert checked.status == 0, checked.text
    assert "8 rules found" in checked.text
    checked = run([amtool.path, "check-config", "alertmanager.yml"], tmp_path, amtool.environment)
    assert checked.status == 0, checked.text


def test_what_is_shipped_has_no_duration_of_another_form() -> None:
    # "1h30m" would be played at the usual pace.
    text = "".join((FILES / name).read_text() for name in ("prometheus.yml", "alerts.yml", "alertmanager.yml"))
    assert re.findall(r"(?::\s*|\[)(?:\d+[a-z]+){2,}\b", text) == []


def test_a_file_that_is_none_is_refused(alarms: Alarms) -> None:
    with pytest.raises(StackError, match="a file of the alarms is no mapping"):
        rules_file(msgspec.structs.replace(alarms, rules="- a list"))


def test_a_defect_where_nobody_watches_is_none() -> None:
    with pytest.raises(LookupError, match="nobody watches"):
        with_rules(StackPlan(), "0.01", "1")
