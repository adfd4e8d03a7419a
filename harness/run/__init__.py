"""A run's folder, the project's public format: how it is written and how it is read.

    run.json          RunPlan      the drill as planned, the stack, the host, the clock's offset to UTC
    requests/*.arrow  Request      one row per request
    events.jsonl      AnyEvent     phases, faults, state changes, in order
    gauges.arrow      Sample       what was sampled from outside
    writes.jsonl      WriteLine    every write: sent, answered, read back
    observations.jsonl Observation what a probe saw
    journal.jsonl                  what was harmed and healed, on the disk before it was done (harness.journal)
    logs/                          each process's own
    verdict.json                   what the checks found (written by harness.checks)

Writers append and never rewrite, so that a kill -9 leaves everything up to the last second.
"""

from harness.run.events import (
    AnyEvent,
    EventLog,
    FaultStep,
    Interfered,
    Noted,
    PhaseBegan,
    PhaseEnded,
    ServerExited,
    StateChanged,
    Step,
)
from harness.run.gauges import Gauges, GaugeWriter, Sample, Series
from harness.run.observations import Observation, ObservationLog
from harness.run.pace import Pace
from harness.run.plan import (
    SCHEMA,
    GeneratorLimits,
    HostFacts,
    PlannedDrill,
    PlannedLoad,
    PlannedPhase,
    RunPlan,
    StackFacts,
    harness_version,
)
from harness.run.recording import FaultSpan, Run, Span
from harness.run.requests import Labels, Request, Requests, RequestWriter
from harness.run.writes import (
    Outcome,
    Place,
    Write,
    WriteAnswered,
    WriteLine,
    WriteLog,
    WriteReread,
    WriteSent,
    WriteServed,
    WriteStored,
)

__all__ = [
    "SCHEMA",
    "AnyEvent",
    "EventLog",
    "FaultSpan",
    "FaultStep",
    "GaugeWriter",
    "Gauges",
    "GeneratorLimits",
    "HostFacts",
    "Interfered",
    "Labels",
    "Noted",
    "Observation",
    "ObservationLog",
    "Outcome",
    "Pace",
    "PhaseBegan",
    "PhaseEnded",
    "Place",
    "PlannedDrill",
    "PlannedLoad",
    "PlannedPhase",
    "Request",
    "RequestWriter",
    "Requests",
    "Run",
    "RunPlan",
    "Sample",
    "Series",
    "ServerExited",
    "Span",
    "StackFacts",
    "StateChanged",
    "Step",
    "Write",
    "WriteAnswered",
    "WriteLine",
    "WriteLog",
    "WriteReread",
    "WriteSent",
    "WriteServed",
    "WriteStored",
    "harness_version",
]
