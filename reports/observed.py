"""What a probe saw, as typed rows: one group for each name, what is not as expected first."""

from collections import Counter
from typing import NamedTuple

from harness.checks.judge import expected_checks
from harness.checks.observed import Expected
from harness.run import Observation, Run
from reports.tables import cut
from reports.words import measured, some

CASES_SHOWN = 40
VALUES_SHOWN = 6


class CaseRow(NamedTuple):
    case: str
    value: str
    wrong: bool
    detail: str


class Group(NamedTuple):
    """`wanted` is what the checks expect; `values` how often each value came."""

    name: str
    wanted: str
    size: str
    values: str
    wrong: int
    cases: list[CaseRow]
    left_out: int


def groups(run: Run) -> list[Group]:
    expected = [check for check in expected_checks(run) if isinstance(check, Expected)]
    names = dict.fromkeys(observation.of for observation in run.observations)
    return [_group(name, run, [check for check in expected if check.of == name]) for name in names]


def _group(name: str, run: Run, checks: list[Expected]) -> Group:
    seen = [observation for observation in run.observations if observation.of == name]
    rows = [_case(observation, checks) for observation in seen]
    # What is wrong is what one looks for; otherwise in the order in which it was asked.
    rows.sort(key=lambda row: not row.wrong)
    values = Counter(_value(observation) for observation in seen)
    told = [f"{value} × {count}" if count > 1 else value for value, count in values.most_common(VALUES_SHOWN)]
    more = f" and {len(values) - VALUES_SHOWN} other values" if len(values) > VALUES_SHOWN else ""
    return Group(
        name=name,
        wanted="; ".join(check.describe() for check in checks) or "nothing is expected of it",
        size=some(len(seen), "case"),
        values=", ".join(told) + more,
        wrong=sum(row.wrong for row in rows),
        cases=rows[:CASES_SHOWN],
        left_out=max(len(rows) - CASES_SHOWN, 0),
    )


def _case(observation: Observation, checks: list[Expected]) -> CaseRow:
    wrong = any(not check.meets(observation.value) for check in checks)
    return CaseRow(cut(observation.case), _value(observation), wrong, cut(observation.detail))


def _value(observation: Observation) -> str:
    value = observation.value
    if value is None:
        return "no answer"
    if isinstance(value, str):
        return cut(value)
    whole = float(value).is_integer() and not observation.unit
    return f"{value:,.0f}" if whole else measured(float(value), observation.unit)
