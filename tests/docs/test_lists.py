"""The documentation lists all that there is: commands, drills, metrics, the format, every error."""

import re

import pytest

import chaos.faults
import harness.cli.commands
from harness import discovery
from harness.checks.judge import implicit_checks, kinds
from harness.checks.metrics import METRICS
from harness.checks.threshold import OPERATORS, UNITS
from harness.claims import Standing
from harness.cli.commands.claims import Answer
from harness.conductor.load import GAUGES
from harness.errors import ExitStatus
from harness.finding import Finding, VerdictDocument
from harness.run import AnyEvent, Observation, RunPlan, WriteLine
from harness.run.gauges import GAUGE_SCHEMA
from harness.run.plan import PlannedPhase
from harness.run.requests import REQUEST_SCHEMA
from harness.sampling import alarms, breaker, haproxy, own, pgbouncer, postgres, redis, upstream
from harness.sinks import records
from harness.stack import Role
from tests.docs.messages import covers, messages
from tests.docs.pages import ROOT, page

house, folder_page, thresholds = page("house.md"), page("run-folder.md"), page("thresholds.md")
claims = page("claims.md")


def test_the_commands_are_listed() -> None:
    listed = [span.removeprefix("harness ") for span in house.column("The commands")]
    assert sorted(listed) == discovery.names(harness.cli.commands)


@pytest.mark.parametrize(
    ("kind", "there_are"),
    [
        ("faults", discovery.names(chaos.faults)),
        ("scenarios", sorted(file.stem.replace("_", "-") for file in (ROOT / "scenarios").glob("[a-z]*.py"))),
        ("checks", sorted(kinds())),
    ],
)
def test_what_there_is_is_listed(kind: str, there_are: list[str]) -> None:
    cells = {row[0]: re.findall(r"`([^`]+)`", row[1]) for row in house.rows("What there is")}
    written = " ".join(f"`{name}`" for name in there_are)
    assert cells[kind] == there_are, f"docs/house.md, What there is: the row {kind} must be {written}"


def test_the_roles_are_listed() -> None:
    (stack,) = [row[1] for row in house.rows("The words") if row[0] == "stack"]
    assert {role.value for role in Role} <= set(re.findall(r"`([a-z]+)`", stack))


def test_the_metrics_are_listed() -> None:
    listed = [(row[0].strip("`"), row[1], int(row[3])) for row in thresholds.rows("The metrics")]
    assert listed == [(metric.name, metric.unit, metric.needs) for metric in METRICS.values()]


def test_the_grammar_has_every_operator_and_unit() -> None:
    (grammar,) = [block.text for block in thresholds.blocks if block.text.startswith("threshold = ")]
    rules = {
        rule: re.findall(r'"([^"]+)"', text) for rule, text in re.findall(r"^(\w+) += (.*)$", grammar, re.MULTILINE)
    }
    assert rules["operator"] == list(OPERATORS)
    assert set(rules["unit"]) == {unit for units in UNITS.values() for unit in units if unit}


def test_the_exit_statuses_are_listed() -> None:
    listed = [(row[0].strip("`"), row[1]) for row in thresholds.rows("Exit statuses")]
    assert listed == [(str(status.value), status.meaning) for status in ExitStatus]


def test_the_checks_that_judge_every_run_are_listed() -> None:
    implicit = [check.name for check in implicit_checks()]
    assert [row[0].strip("`") for row in thresholds.rows("Verdicts")][-len(implicit) :] == implicit


def kinds_of(union: object) -> list[str]:
    return [str(kind.__struct_config__.tag) for kind in union.__args__]  # type: ignore[attr-defined]


def test_the_format_of_a_run_is_listed_whole() -> None:
    of = folder_page.column
    assert of("run.json")[:1] == ["schema"]
    assert [row[0].strip("`") for row in folder_page.rows("run.json")] == list(RunPlan.__struct_fields__)
    assert [row[0].strip("`") for row in folder_page.rows("requests/*.arrow")] == REQUEST_SCHEMA.names
    types = {row[0].strip("`"): row[1] for row in folder_page.rows("requests/*.arrow")}
    assert types == {f.name: f"{f.type}{', null' if f.nullable else ''}" for f in REQUEST_SCHEMA}
    assert of("events.jsonl") == kinds_of(AnyEvent)
    assert of("writes.jsonl") == kinds_of(WriteLine)
    assert of("observations.jsonl") == list(Observation.__struct_fields__)
    assert set(PlannedPhase.__struct_fields__) <= set(re.findall(r"`(\w+)`", folder_page.section("run.json")))
    spans = set(re.findall(r"`(\w+)`", folder_page.section("verdict.json")))
    assert spans == {*VerdictDocument.__struct_fields__, *Finding.__struct_fields__}


def test_what_the_sinks_keep_is_listed() -> None:
    kinds = {
        records.SENTRY_FILE: records.SentryItem,
        records.TRACES_FILE: records.Span,
        records.PUSHES_FILE: records.Push,
        records.REFUSED_FILE: records.Refused,
    }
    listed = {row[0].strip("`"): ["t", *re.findall(r"`(\w+)`", row[2])] for row in folder_page.rows("sinks/")}
    assert listed == {file: list(kind.__struct_fields__) for file, kind in kinds.items()}


def test_what_is_said_of_a_claim_is_listed() -> None:
    assert claims.column("What each standing means") == [standing.value for standing in Standing]
    assert [row[0].strip("`") for row in claims.rows("For machines")] == list(Answer.__struct_fields__)


@pytest.mark.parametrize(("heading", "union"), [("events.jsonl", AnyEvent), ("writes.jsonl", WriteLine)])
def test_the_fields_of_every_line_are_listed(heading: str, union: object) -> None:
    listed = {row[0].strip("`"): re.findall(r"`(\w+)`", row[1]) for row in folder_page.rows(heading)}
    for kind in union.__args__:  # type: ignore[attr-defined]
        fields = [name for name in kind.__struct_fields__ if heading == "writes.jsonl" or name != "t"]
        assert listed[str(kind.__struct_config__.tag)] == fields


def test_the_gauges_are_listed() -> None:
    assert [name for name in GAUGE_SCHEMA.names if f"`{name}`" not in folder_page.section("gauges.arrow")] == []
    listed = {row[0].strip("`"): re.findall(r"`(\w+)`", row[1]) for row in folder_page.rows("gauges.arrow")}
    assert listed == {
        "generator": list(GAUGES),
        "harness": list(own.METRICS),
        "lb": ["up", *haproxy.COUNTED.values()],
        "pool": [*pgbouncer.METRICS.values(), "maxwait_ms", "clients", "servers", *pgbouncer.TOTALS.values()],
        "db": list(postgres.METRICS),
        "cache": list(redis.METRICS.values()),
        "app": list(breaker.METRICS),
        "upstream": list(upstream.COUNTED.values()),
        "alerts": list(alarms.METRICS),
    }


# -- every error is explained -------------------------------------------------------------------------------


def explained() -> set[str]:
    text = page("troubleshooting.md").text
    return {row[0].strip("`") for row in re.findall(r"^\| (`[^`]+`) \| (.*) \|$", text, re.MULTILINE)}


def test_every_error_is_explained() -> None:
    missing = sorted(said for said in messages() if not any(covers(pattern, said) for pattern in explained()))
    assert not missing, "docs/troubleshooting.md does not explain: " + "; ".join(missing)


def test_every_error_that_is_explained_can_be_met() -> None:
    assert [pattern for pattern in explained() if not any(covers(pattern, said) for said in messages())] == []
