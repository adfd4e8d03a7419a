"""The page as a value: everything that the template shows, typed, so that the template holds no logic."""

from typing import NamedTuple

from markupsafe import Markup

from reports.ledger import Fact, FaultRow, LostWrite, WriteRow
from reports.observed import Group
from reports.story import Story
from reports.tables import EndpointRow, ErrorRow, PhaseRow, Shares


class FindingRow(NamedTuple):
    verdict: str
    symbol: str
    check: str
    subject: str
    phase: str
    value: str
    threshold: str
    evidence: str
    claims: tuple[str, ...]
    refutes: tuple[str, ...]


class RoleCharts(NamedTuple):
    """`legend` pairs a member with its colour's name; `flat` and `more` are the metrics that have no chart."""

    role: str
    charts: list[Markup]
    legend: list[tuple[str, Markup]]
    flat: str
    more: str


class Page(NamedTuple):
    light: Markup
    dark: Markup
    verdict: str
    symbol: str
    drill: str
    joint: str
    why: str
    facts: list[str]
    warnings: list[str]
    happened: str
    run: str
    postmortem: bool
    """Whether the draft of a post-mortem stands beside the page."""
    findings: list[FindingRow]
    counts: str
    observed: list[Group]
    loaded: bool
    """Whether a load was planned: without one there is no latency to show."""
    played: bool
    """Whether there is anything to show over time: a load, or a fault."""
    story: Story
    recorded: bool
    """Whether there is anything to draw over time."""
    timeline_wide: Markup
    timeline_narrow: Markup
    bucket: str
    phases: list[PhaseRow]
    percentiles: Markup
    endpoints: list[EndpointRow]
    instances: Markup
    scaling: Markup
    """Empty where the drill does not ask how the stack scales."""
    shares: Shares
    errors: list[ErrorRow]
    error_kinds: int
    roles: list[RoleCharts]
    writes: list[WriteRow]
    strange: list[LostWrite]
    strange_left_out: int
    faults: list[FaultRow]
    plan: list[Fact]
    again: str
    folder: str
