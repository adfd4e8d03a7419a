"""The command that plays a run once more: the same, on the same, with the same seed."""

import shlex

from harness.checks.judge import expected_checks
from harness.checks.slo import Slo
from harness.run import Run

LOAD = "load"
"""What a run of `harness load` is called, which is no drill."""


def again(run: Run) -> str:
    stack = run.plan.stack.option
    own = [check.describe() for check in expected_checks(run) if isinstance(check, Slo) and check.own]
    words = [*_what(run), *(word for threshold in own for word in ("--threshold", threshold))]
    if stack:
        words += ["--host" if words[1] == LOAD else "--stack", stack]
    return shlex.join([*words, "--seed", str(run.plan.seed)])


def _what(run: Run) -> list[str]:
    drill = run.plan.drill
    if drill.name != LOAD or not drill.loads:
        return ["harness", "drill", drill.name]
    load = drill.loads[0]
    words = ["harness", LOAD, load.scenario]
    words += ["--rate", f"{load.rate:g}"] if load.rate is not None else ["--users", str(load.users)]
    words += ["--duration", f"{sum(phase.seconds for phase in drill.timeline):g}s"]
    words += [] if load.arrivals == "constant" else ["--arrivals", load.arrivals]
    return words if load.workers == 1 else [*words, "--workers", str(load.workers)]
