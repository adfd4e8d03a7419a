"""The ledger of writes, the faults' lives and the plan: the report's last section, as typed rows."""

from typing import NamedTuple

from harness.run import FaultStep, Outcome, PlannedPhase, Run, Step, Write
from reports.headline import run_name, when
from reports.words import NOTHING, fault_on, some

KEYS_SHOWN = 20


class WriteRow(NamedTuple):
    outcome: str
    writes: str
    stored_once: str
    not_stored: str
    doubled: str
    unread: str


class LostWrite(NamedTuple):
    """A write that is not as often there as it should be."""

    key: str
    sent: str
    what: str


class FaultRow(NamedTuple):
    fault: str
    steps: list[tuple[str, str]]
    """For each of asked, felt, heal, gone: the instant and its evidence."""
    lasted: str


class Fact(NamedTuple):
    name: str
    values: list[str]


def write_rows(run: Run) -> list[WriteRow]:
    rows = []
    for outcome in Outcome:
        writes = [write for write in run.writes if write.outcome is outcome]
        stored = [write.stored for write in writes]
        counts = (
            len(writes),
            stored.count(1),
            stored.count(0),
            sum(count is not None and count > 1 for count in stored),
            stored.count(None),
        )
        rows.append(WriteRow(outcome.value, *(f"{count:,}" for count in counts)))
    return rows if run.writes else []


def strange_writes(run: Run) -> tuple[list[LostWrite], int]:
    """The writes that were lost, doubled or stored though refused, and how many more there are."""
    strange = [(write, what) for write in run.writes if (what := _strange(write))]
    shown = [LostWrite(w.key, f"{run.since_begin(w.sent):.2f} s", what) for w, what in strange[:KEYS_SHOWN]]
    return shown, len(strange) - len(shown)


def _strange(write: Write) -> str | None:
    if write.stored is not None and write.stored > 1:
        return f"stored {write.stored} times"
    if write.outcome is Outcome.ACKNOWLEDGED and write.stored == 0:
        return "acknowledged, but not stored"
    if write.outcome is Outcome.ACKNOWLEDGED and write.served is False:
        return "acknowledged, but the API does not serve it"
    if write.outcome is Outcome.REFUSED and write.stored:
        return "refused, but stored"
    return None


_STEPS = ((Step.ASKED,), (Step.FELT, Step.NOT_FELT), (Step.HEAL,), (Step.GONE, Step.NOT_GONE))
_NEVER = {Step.NOT_FELT: "not felt", Step.NOT_GONE: "not gone"}


def fault_rows(run: Run) -> list[FaultRow]:
    steps = run.events_of(FaultStep)
    rows = []
    # Run.faults is in the order of the faults' numbers.
    for fault, number in zip(run.faults, sorted({step.number for step in steps}), strict=True):
        mine = [step for step in steps if step.number == number]
        lasted = NOTHING
        if fault.felt is not None and fault.gone is not None:
            lasted = f"{(fault.gone - fault.felt) / 1e9:.2f} s"
        rows.append(FaultRow(fault_on(fault.fault, fault.target), [_step(run, mine, w) for w in _STEPS], lasted))
    return rows


def _step(run: Run, steps: list[FaultStep], wanted: tuple[Step, ...]) -> tuple[str, str]:
    for step in steps:
        if step.step in wanted:
            late = f" (seen up to {step.uncertainty / 1e6:.0f} ms late)" if step.uncertainty else ""
            said = f"{_NEVER[step.step]}, " if step.step in _NEVER else ""
            return f"{said}{run.since_begin(step.t):.2f} s", step.evidence + late
    return "never", ""


def plan_facts(run: Run) -> list[Fact]:
    plan = run.plan
    stack, host, limits = plan.stack, plan.host, plan.limits
    facts = [
        Fact("Run", [run_name(run), f"began {when(run)}"]),
        Fact("Drill", [plan.drill.name, plan.drill.title]),
        Fact("Load", [*(str(load) for load in plan.drill.loads), f"seed {plan.seed}"]),
        Fact("Timeline as planned", [_phase(planned) for planned in plan.drill.timeline]),
        Fact("Claims", [", ".join(plan.drill.claims)] if plan.drill.claims else []),
        Fact("Stack", [stack.kind, stack.url]),
        Fact("Members", [f"{role}: {', '.join(members)}" for role, members in stack.members.items()]),
        Fact("Versions", [f"{name} {version}" for name, version in stack.versions.items()]),
        Fact("Absent", [f"{role}: {reason}" for role, reason in stack.absent.items()]),
        Fact("Notes on the stack", list(stack.notes)),
        Fact("Seeded defect", [plan.defect] if plan.defect else []),
        Fact(
            "Limits of the generator",
            [
                f"p99 lag {limits.lag_p99_ms:g} ms",
                f"CPU {limits.cpu_percent:g} %",
                f"{limits.not_started_percent:g} % of arrivals not started",
            ],
        ),
        Fact(
            "Host",
            [
                some(host.cpus, "CPU"),
                f"{host.memory_bytes / 2**30:.1f} GiB",
                host.system,
                f"Python {host.python}",
                f"harness {plan.harness}",
            ],
        ),
    ]
    return [Fact(fact.name, [value for value in fact.values if value]) for fact in facts if any(fact.values)]


def _phase(planned: PlannedPhase) -> str:
    more = ", ".join(filter(None, (planned.fault, str(planned.pace or ""))))
    return f"{planned.name} {planned.seconds:g} s" + (f" ({more})" if more else "")
