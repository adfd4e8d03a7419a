"""The project's alarms beside a stack, and what its defects make of them."""

import re
from pathlib import Path

import msgspec

from chaos.rewriting import rewritten
from harness.stacks.plan import Alarms, StackPlan

FILES = Path(__file__).parents[1] / "deploy" / "prometheus"
PACE = 10.0
"""How many times faster than in production: a window of a minute lasts six seconds."""


def alarmed(plan: StackPlan) -> StackPlan:
    """With Prometheus and Alertmanager, by the files that are shipped."""
    texts = ((FILES / name).read_text() for name in ("prometheus.yml", "alerts.yml", "alertmanager.yml"))
    config, rules, routes = texts
    return msgspec.structs.replace(plan, alarms=Alarms(config=config, rules=rules, routes=routes, pace=PACE))


def with_rules(plan: StackPlan, old: str | re.Pattern[str], new: str) -> StackPlan:
    """Raises LookupError where the rules have no `old`."""
    there = _alarms(plan)
    return _with(plan, msgspec.structs.replace(there, rules=rewritten(there.rules, old, new)))


def with_config(plan: StackPlan, old: str | re.Pattern[str], new: str) -> StackPlan:
    there = _alarms(plan)
    return _with(plan, msgspec.structs.replace(there, config=rewritten(there.config, old, new)))


def with_routes(plan: StackPlan, old: str | re.Pattern[str], new: str) -> StackPlan:
    there = _alarms(plan)
    return _with(plan, msgspec.structs.replace(there, routes=rewritten(there.routes, old, new)))


def _alarms(plan: StackPlan) -> Alarms:
    if plan.alarms is None:
        raise LookupError("nobody watches this stack: a defect that changes nothing is none")
    return plan.alarms


def _with(plan: StackPlan, alarms: Alarms) -> StackPlan:
    return msgspec.structs.replace(plan, alarms=alarms)
