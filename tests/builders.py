"""Runs in ten lines: what a check is tested on. Every time is in seconds from the run's origin.

run_of(
    phase("baseline", 0, 10),
    *steady(0, 10),
    err(4.2),
    *fault(asked=10, felt=10.1, heal=20, gone=20.5),
)
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from harness.checks.base import Check
from harness.clock import ClockOffset, nanoseconds
from harness.run import (
    SCHEMA,
    AnyEvent,
    EventLog,
    FaultStep,
    Gauges,
    GaugeWriter,
    GeneratorLimits,
    HostFacts,
    Interfered,
    Noted,
    Observation,
    ObservationLog,
    Outcome,
    PhaseBegan,
    PhaseEnded,
    Place,
    PlannedDrill,
    PlannedPhase,
    Request,
    Requests,
    RequestWriter,
    Run,
    RunPlan,
    Sample,
    ServerExited,
    StackFacts,
    StateChanged,
    Step,
    Write,
    WriteAnswered,
    WriteLog,
    WriteReread,
    WriteSent,
    WriteServed,
    WriteStored,
)

ORIGIN = nanoseconds(1000)
POSTS = Place(table="posts", column="body")

Thing = Request | AnyEvent | Sample | Write | Observation
Things = Thing | Iterable["Things"]


def at(seconds: float) -> int:
    return ORIGIN + nanoseconds(seconds)


def ok(
    t: float, latency: float = 0.01, *, lag: float = 0.0, name: str = "GET /feed", instance: str = "app-1"
) -> Request:
    """A good answer, `latency` after the intended start `t`; it was sent `lag` late."""
    sent, done = at(t + lag), at(t + latency)
    return Request(
        at(t), sent, done, done, "browse", name, name.split(maxsplit=1)[0], 200, None, instance, "browse-1", 812
    )


def err(t: float, latency: float = 0.01, *, error: str = "HTTP 500", status: int = 500) -> Request:
    return ok(t, latency)._replace(first_byte=None, status=status, error=error, instance=None, bytes=0)


def steady(begin: float, end: float, rate: float = 20.0, latency: float = 0.01) -> list[Request]:
    """Good answers, evenly spaced over [begin, end)."""
    return [ok(begin + k / rate, latency) for k in range(round((end - begin) * rate))]


def phase(name: str, begin: float, end: float | None) -> list[AnyEvent]:
    """A phase, one in which a fault is in effect when its name says so; `end` None for one that was cut off."""
    began = PhaseBegan(t=at(begin), name=name, fault=name == "fault")
    return [began] if end is None else [began, PhaseEnded(t=at(end), name=name)]


def fault(
    harm: str = "kill",
    target: str = "app-2",
    *,
    number: int = 1,
    asked: float,
    felt: float | None = None,
    heal: float | None = None,
    gone: float | None = None,
) -> list[AnyEvent]:
    """The steps of one fault's life that have a time."""
    times = {Step.ASKED: asked, Step.FELT: felt, Step.HEAL: heal, Step.GONE: gone}
    return [
        FaultStep(t=at(t), number=number, fault=harm, target=target, step=step)
        for step, t in times.items()
        if t is not None
    ]


def state(t: float, after: str, subject: str = "app-2", *, by: str = "lb", before: str = "UP") -> StateChanged:
    return StateChanged(t=at(t), by=by, role="app", subject=subject, before=before, after=after)


def exited(t: float, subject: str, *, expected: bool = False) -> ServerExited:
    return ServerExited(
        t=at(t), role=subject.split("-", maxsplit=1)[0], subject=subject, status="status 1", expected=expected
    )


def note(t: float, text: str, *, problem: bool = False) -> Noted:
    return Noted(t=at(t), text=text, problem=problem)


def interfered(t: float, text: str) -> Interfered:
    return Interfered(t=at(t), text=text)


def gauge(t: float, role: str, subject: str, metric: str, value: float) -> Sample:
    return Sample(at(t), role, subject, metric, float(value))


def generator(t: float, subject: str = "browse-0", **figures: float) -> list[Sample]:
    """What the generator says of itself at one tick; whatever is not named is as it should be."""
    healthy = {
        "arrivals": 20.0,
        "late": 0.0,
        "not_started": 0.0,
        "broke_off": 0.0,
        "lag_max_ms": 0.5,
        "cpu_percent": 20.0,
    }
    return [gauge(t, "generator", subject, metric, value) for metric, value in (healthy | figures).items()]


def write(
    key: str,
    outcome: Outcome = Outcome.ACKNOWLEDGED,
    *,
    t: float = 1.0,
    stored: int | None = 1,
    served: bool | None = True,
    reread: bool | None = None,
) -> Write:
    """A write that was read back, as good ones are. Only an acknowledged one has a path to be served at."""
    known = outcome is Outcome.ACKNOWLEDGED
    return Write(
        key=key,
        sent=at(t),
        place=POSTS,
        answered=None if outcome is Outcome.INDETERMINATE else at(t + 0.01),
        outcome=outcome,
        path=f"/posts/{key}" if known else None,
        reread=reread,
        stored=stored,
        served=served if known else None,
    )


def plan_of(
    *,
    timeline: Iterable[PlannedPhase] = (),
    checks: Iterable[Check] = (),
    claims: tuple[str, ...] = (),
    limits: GeneratorLimits | None = None,
) -> RunPlan:
    raw = tuple(msgspec.Raw(msgspec.json.encode(check)) for check in checks)
    return RunPlan(
        schema=SCHEMA,
        harness="0.1.0",
        drill=PlannedDrill(name="drill", title="A drill", timeline=tuple(timeline), checks=raw, claims=claims),
        stack=StackFacts(kind="embedded", url="http://127.0.0.1:18080"),
        clock=ClockOffset(ORIGIN, "2026-03-01T12:00:00.000000+00:00"),
        host=HostFacts(cpus=2, memory_bytes=8 << 30, system="Linux 6.8 x86_64", python="3.11.9"),
        seed=7,
        limits=limits or GeneratorLimits(),
    )


def run_of(*things: Things, plan: RunPlan | None = None, whole: bool = True) -> Run:
    """The run that recorded these. Its drill planned what took place, unless another `plan` is given."""
    flat = list(_flat(things))
    return Run(
        plan or planned_as_played(flat),
        Requests.of([thing for thing in flat if isinstance(thing, Request)]),
        [thing for thing in flat if isinstance(thing, AnyEvent)],
        Gauges.of([thing for thing in flat if isinstance(thing, Sample)]),
        [thing for thing in flat if isinstance(thing, Write)],
        [thing for thing in flat if isinstance(thing, Observation)],
        whole=whole,
    )


def planned_as_played(things: Iterable[Thing], *, checks: Iterable[Check] = ()) -> RunPlan:
    """A plan of the phases and faults that these things tell of."""
    things = list(things)
    harms = [t.fault for t in things if isinstance(t, FaultStep) and t.step is Step.ASKED]
    began = [t for t in things if isinstance(t, PhaseBegan)]
    timeline = [
        PlannedPhase(name=event.name, seconds=10, fault=harms.pop(0) if event.fault and harms else None)
        for event in began
    ]
    return plan_of(timeline=timeline, checks=checks)


def record(folder: Path, *things: Things, plan: RunPlan | None = None) -> Path:
    """Writes the same run as a folder, with the writers that a real one is written with."""
    flat = list(_flat(things))
    (plan or planned_as_played(flat)).write(folder)
    requests, gauges = RequestWriter(folder, "browse-0"), GaugeWriter(folder)
    events, writes, observations = EventLog(folder), WriteLog(folder), ObservationLog(folder)
    for thing in flat:
        if isinstance(thing, Request):
            requests.add(thing)
        elif isinstance(thing, Sample):
            gauges.add(thing)
        elif isinstance(thing, Write):
            _record_write(writes, thing)
        elif isinstance(thing, Observation):
            observations.add(thing)
        else:
            events.add(thing)
    for writer in (requests, gauges, events, writes, observations):
        writer.close()
    return folder


def _record_write(log: WriteLog, write: Write) -> None:
    log.add(WriteSent(t=write.sent, key=write.key, place=write.place))
    if write.answered is not None:
        log.add(WriteAnswered(t=write.answered, key=write.key, outcome=write.outcome, path=write.path))
    if write.reread is not None:
        log.add(WriteReread(t=write.sent, key=write.key, found=write.reread))
    if write.served is not None:
        log.add(WriteServed(t=write.sent, key=write.key, served=write.served))
    if write.stored is not None:
        log.add(WriteStored(t=write.sent, key=write.key, stored=write.stored))


def _flat(things: Iterable[Things]) -> Iterator[Thing]:
    for thing in things:
        # Requests and samples are tuples themselves.
        if isinstance(thing, Request | Sample) or not isinstance(thing, Iterable):
            yield thing
        else:
            yield from _flat(thing)
