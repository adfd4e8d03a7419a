"""The workflows and Dependabot's configuration, by their schemas, by zizmor, and read for what they run and when."""

import re
import shlex
from pathlib import Path
from typing import Any

import yaml

from harness.checks.observed import Observed
from harness.probe import in_a_thread, probe
from harness.prober import Prober
from harness.tools import find
from harness.tools.run import run

WORKFLOWS = ".github/workflows"
# What each workflow is there to run: part of a step's `uses` or `run`.
RUNS = {
    "ci": (".ci/run", "docker build"),
    "secret-scan": ("trufflesecurity/trufflehog@",),
    "security-audit": ("pip-audit",),
    "snyk-security": ("snyk test",),
    "trivy-scan": ("aquasecurity/trivy-action@",),
    "performance": ("harness verify", "actions/upload-artifact@"),
}
SCHEMAS = {
    "vendor.github-workflows": f"{WORKFLOWS}/*.yml",
    "vendor.github-actions": ".github/actions/*/action.yml",
    "vendor.dependabot": ".github/dependabot.yml",
}
WEEKLY = re.compile(r"\d+ \d+ \* \* [0-6]")


@in_a_thread
def ask(prober: Prober) -> None:
    checker = find.script("check-jsonschema").path
    for schema, pattern in SCHEMAS.items():
        for file in sorted(prober.files.glob(pattern)):
            done = run([checker, "--builtin-schema", schema, file], prober.files)
            prober.saw("schema", file.name, done.status, detail="" if done.status == 0 else done.text[-300:])
    linted = run(
        [
            find.script("zizmor").path,
            "--offline",
            "--no-progress",
            "--no-exit-codes",
            "--format=json",
            "--min-severity=medium",
            ".github",
        ],
        prober.files,
    )
    risks = yaml.safe_load(linted.text[linted.text.index("[") :]) if linted.status == 0 else None
    told = ", ".join(sorted({risk["ident"] for risk in risks or ()}))
    prober.saw("workflow-risks", "zizmor", None if risks is None else len(risks), detail=told or linted.text[-200:])
    for name, wanted in RUNS.items():
        steps = _steps(prober.files / WORKFLOWS / f"{name}.yml")
        for what in wanted:
            prober.saw("steps", f"{name} runs {what}", sum(what in step for step in steps))
    audit = _loaded(prober.files / WORKFLOWS / "security-audit.yml")
    for schedule in _triggers(audit).get("schedule", []):
        weekly = "weekly" if WEEKLY.fullmatch(schedule["cron"]) else "not weekly"
        prober.saw("audit-schedule", "security-audit", weekly, detail=schedule["cron"])
    _ask_audit(prober)
    for update in _loaded(prober.files / ".github/dependabot.yml").get("updates", []):
        name = update["package-ecosystem"]
        prober.saw("update-interval", name, update["schedule"]["interval"])
        prober.saw("update-groups", name, len(update.get("groups", {})))


def _ask_audit(prober: Prober) -> None:
    """The audit's own commands, with --dry-run: they read the lock files and ask nobody."""
    for step in _steps(prober.files / WORKFLOWS / "security-audit.yml"):
        if "pip-audit" in step:
            audit = find.script("pip-audit").path
            done = run([audit, *shlex.split(step)[1:], "--dry-run", "--progress-spinner=off"], prober.files)
            prober.saw("pip-audit", step.split()[-1], done.status, detail=done.text[-300:])


def _loaded(file: Path) -> dict[Any, Any]:
    return yaml.safe_load(file.read_text()) if file.is_file() else {}


def _triggers(workflow: dict[Any, Any]) -> dict[str, Any]:
    # YAML 1.1 reads the key `on` as a truth value.
    found: dict[str, Any] = workflow.get(True) or {}
    return found


def _steps(file: Path) -> list[str]:
    jobs = _loaded(file).get("jobs", {}).values()
    return [str(step.get("uses") or step.get("run", "")).strip() for job in jobs for step in job["steps"]]


PROBE = probe(
    title="The workflows are valid, pinned, and run the scans that the guide names",
    ask=ask,
    needs_stack=False,
    expect=(
        Observed(of="schema", equals=0, cases=8),
        Observed(of="workflow-risks", equals=0),
        Observed(of="steps", at_least=1, cases=sum(map(len, RUNS.values()))),
        Observed(of="audit-schedule", equals="weekly"),
        Observed(of="pip-audit", equals=0, cases=2),
        Observed(of="update-interval", equals="weekly", cases=3),
        Observed(of="update-groups", at_least=1, cases=3),
    ),
    claims=("CI-WORKFLOWS", "SEC-SCAN"),
)
