"""Runs built by hand, as a drill would have recorded them: what the reports are tested on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import msgspec
import numpy as np

from harness.checks.detected import Detected
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.recovered import Recovered
from harness.checks.slo import slo
from harness.clock import ClockOffset, nanoseconds
from harness.run import (
    SCHEMA,
    AnyEvent,
    FaultStep,
    Gauges,
    GeneratorLimits,
    HostFacts,
    Noted,
    Outcome,
    PhaseBegan,
    PhaseEnded,
    Place,
    PlannedDrill,
    PlannedLoad,
    PlannedPhase,
    Request,
    Requests,
    Run,
    RunPlan,
    Sample,
    ServerExited,
    StackFacts,
    StateChanged,
    Step,
    Write,
)

ORIGIN = nanoseconds(5000)
"""When the runs begin, on their clock."""
KILL = "kill app-2"
NAMES = ("GET /feed", "GET /posts/{id}", "POST /posts", "GET /users/me")
CHECKS = (
    *slo("http.p95 < 1s", during=("baseline", "recovery")),
    *slo("http.errors < 1%", during=("baseline", "recovery")),
    *slo("http.errors < 5%", during="fault"),
    Detected(by="lb", within=2),
    Recovered(within=10),
    NoWriteLost(),
)


def at(seconds: float) -> int:
    return ORIGIN + nanoseconds(seconds)


def plan(**changes: object) -> RunPlan:
    drill = PlannedDrill(
        name="kill-instance",
        title="One of three instances is killed under load",
        loads=(PlannedLoad(scenario="browse", rate=60),),
        timeline=(
            PlannedPhase(name="warm-up", seconds=3),
            PlannedPhase(name="baseline", seconds=10),
            PlannedPhase(name="fault", seconds=10, fault="kill one app"),
            PlannedPhase(name="recovery", seconds=10),
        ),
        checks=tuple(msgspec.Raw(msgspec.json.encode(check)) for check in CHECKS),
        claims=("RES-KILL", "INF-LB"),
    )
    whole = RunPlan(
        schema=SCHEMA,
        harness="0.1.0",
        drill=drill,
        stack=StackFacts(
            kind="embedded",
            url="http://127.0.0.1:18080",
            versions={"haproxy": "2.8.25", "postgres": "18.6", "pgbouncer": "1.25", "valkey": "9.1"},
            members={"lb": ("lb",), "app": ("app-1", "app-2", "app-3"), "pool": ("pool",), "db": ("db",)},
            absent={"sinks": "no collector is configured"},
            notes=("fsync is off: drills kill processes, not the machine",),
        ),
        clock=ClockOffset(ORIGIN, "2026-03-01T12:00:00.000000+00:00"),
        host=HostFacts(cpus=4, memory_bytes=16 << 30, system="Linux 6.8 x86_64", python="3.11.9"),
        seed=7,
        limits=GeneratorLimits(),
    )
    return msgspec.structs.replace(whole, **changes)


class Served(NamedTuple):
    lag: float
    took: float
    instance: int
    error: str | None = None
    status: int = 200


@dataclass
class KillInstance:
    """The drill's recording, shaped by what went right. Everything else is figures from one seed."""

    detected: bool = True
    lost: int = 0
    not_started: int = 0
    rate: float = 60.0
    cut_at: float = 99.0
    names: tuple[str, ...] = NAMES
    reset: str = "connection reset"

    def run(self) -> Run:
        return Run(
            plan(),
            Requests.of(self.requests()),
            [event for event in self.events() if event.t < at(self.cut_at)],
            Gauges.of([sample for sample in self.samples() if sample.t < at(self.cut_at)]),
            list(self.writes()),
            whole=self.cut_at > 33,
        )

    @property
    def out_at(self) -> float:
        """When the balancer stops sending to the dead instance: at its death again, in the end, if it never sees it."""
        return 13.48 if self.detected else 23.3

    def requests(self) -> Iterator[Request]:
        rng = np.random.default_rng(7)
        count = int(33.4 * self.rate)
        intended = np.sort(rng.uniform(0, 33.4, count))
        service = np.clip(rng.lognormal(np.log(0.0045), 0.55, count), 0.0015, 0.05)
        who, what = rng.integers(0, 3, count), rng.choice(len(self.names), count, p=self._weights())
        for start, took, instance, name in zip(intended.tolist(), service.tolist(), who.tolist(), what, strict=True):
            if start >= self.cut_at:
                return
            served = self._served(start, took, instance + 1)
            yield Request(
                intended=at(start),
                started=at(start + served.lag),
                first_byte=at(start + served.lag + served.took * 0.8) if served.error is None else None,
                finished=at(start + served.lag + served.took),
                scenario="browse",
                name=self.names[name],
                method=self.names[name].split(" ")[0],
                status=served.status,
                error=served.error,
                instance=None if served.error else f"app-{served.instance}",
                client="browse-1",
                bytes=0 if served.error else 812,
            )

    def _served(self, start: float, took: float, instance: int) -> "Served":
        """What became of a request that the balancer first meant for `instance`."""
        odd = int(start * 1000) % 2
        just_killed = 13.05 <= start < 13.9
        # What was under way when the instance died is tried again elsewhere, and that takes longer.
        lag, more = (0.003, 0.014) if just_killed else (0.0004, 0)
        if instance != 2 or not 13.05 <= start < 23.8:
            return Served(lag, took + more, instance)
        if start >= self.out_at:
            return Served(lag, took + more, 1 if odd else 3)
        if int(start * 1000) % 4 == 0:
            return Served(lag, 0.012, instance, "HTTP 502", 502)
        return Served(lag, 0.0012, instance, self.reset, 0)

    def _weights(self) -> list[float]:
        weights = [0.5, 0.3, 0.1, 0.1][: len(self.names)]
        return [weight / sum(weights) for weight in weights]

    def events(self) -> Iterator[AnyEvent]:
        for name, begin, end in (("warm-up", 0.0, 3.0), ("baseline", 3.0, 13.0), ("fault", 13.05, 23.05)):
            yield PhaseBegan(t=at(begin), name=name, fault=name == "fault")
            yield PhaseEnded(t=at(end), name=name)
        yield self._step(13.0, Step.ASKED, "")
        yield ServerExited(t=at(13.03), role="app", subject="app-2", status="killed by SIGKILL", expected=True)
        yield self._step(13.05, Step.FELT, "port 18102 refuses connections")
        yield self._step(23.06, Step.HEAL, "")
        yield self._step(23.4, Step.GONE, "app-2 answers /health/ready with 200")
        if self.detected:
            yield StateChanged(t=at(13.48), by="lb", role="app", subject="app-2", before="UP", after="DOWN")
            yield StateChanged(t=at(23.82), by="lb", role="app", subject="app-2", before="DOWN", after="UP")
        yield PhaseBegan(t=at(23.4), name="recovery")
        yield PhaseEnded(t=at(33.4), name="recovery")
        yield Noted(t=at(33.5), text="waited 1.0 s for the stack to settle before the writes were read back")

    @staticmethod
    def _step(seconds: float, step: Step, evidence: str) -> FaultStep:
        return FaultStep(t=at(seconds), number=1, fault=KILL, target="app-2", step=step, evidence=evidence)

    def samples(self) -> Iterator[Sample]:
        rng = np.random.default_rng(8)
        dead = (13.03, 23.3)
        for t in np.arange(0.1, 33.4, 0.5).tolist():
            under = dead[0] < t < dead[1]
            for number in (1, 2, 3):
                gone = under and number == 2
                share = 0 if gone else (1.5 if under else 1.0)
                cpu = share * 14 + rng.normal(0, 1.2) if share else 0
                values: dict[str, float] = {"processes": float(not gone)} | (
                    {} if gone else {"cpu_percent": cpu, "rss_bytes": (92 + number * 3 + t / 8) * 2**20, "fds": 41.0}
                )
                yield from _at(t, "app", f"app-{number}", values | {"threads": 6.0} if not gone else values)
            load = 1.15 if under else 1.0
            yield from _at(
                t,
                "pool",
                "pool",
                {
                    "clients_active": rng.poisson(4 * load),
                    "clients_waiting": rng.poisson(0.1 if not 13 < t < 14 else 3),
                    "servers_active": rng.poisson(2 * load),
                    "servers_idle": 8,
                    "maxwait_ms": 0.0,
                },
            )
            yield from _at(
                t,
                "db",
                "db",
                {
                    "connections": 12,
                    "active": rng.poisson(2),
                    "commits_total": 4000 + 96 * t,
                    "cpu_percent": 9,
                },
            )
            yield from _at(
                t,
                "cache",
                "cache",
                {"memory_bytes": (3 + t / 50) * 2**20, "clients": 9, "ops_per_s": 120 + rng.normal(0, 6)},
            )
            late = {
                "arrivals": self.rate / 2,
                "late": 0,
                "lag_max_ms": 0.6 + rng.exponential(0.4),
                "cpu_percent": 21,
            }
            yield from _at(t, "generator", "load-1", late | {"not_started": float(self.not_started)})
        for t in np.arange(0.05, 33.4, 0.1).tolist():
            for number in (1, 2, 3):
                down = self.detected and number == 2 and 13.48 < t < 23.82
                yield from _at(
                    t,
                    "lb",
                    f"app-{number}",
                    {"up": not down, "sessions": 0 if down else rng.poisson(0.8), "queued": 0},
                )

    def writes(self) -> Iterator[Write]:
        for number in range(212):
            sent = 0.2 + number * 33 / 212
            if sent >= self.cut_at:
                return
            doubtful = 13.05 <= sent < 13.2
            lost = number >= 212 - self.lost
            yield Write(
                key=f"w-{number:04d}",
                sent=at(sent),
                place=Place(table="posts", column="body"),
                answered=None if doubtful else at(sent + 0.01),
                outcome=Outcome.INDETERMINATE if doubtful else Outcome.ACKNOWLEDGED,
                path=None if doubtful else f"/posts/{number}",
                stored=0 if lost else 1,
                served=None if doubtful else not lost,
            )


def _at(seconds: float, role: str, subject: str, values: dict[str, float]) -> Iterable[Sample]:
    return [Sample(at(seconds), role, subject, metric, float(value)) for metric, value in values.items()]


def passing() -> Run:
    return KillInstance().run()


def failing() -> Run:
    """The balancer never notices, and two acknowledged writes are gone."""
    return KillInstance(detected=False, lost=2).run()


def inconclusive() -> Run:
    """The generator did not keep pace."""
    return KillInstance(not_started=2).run()


def cut_off() -> Run:
    """Killed in the middle of the fault."""
    return KillInstance(cut_at=16.0).run()


def empty() -> Run:
    """Nothing but run.json."""
    return Run(plan(), Requests.of([]))


def hostile() -> Run:
    """A server that names things to harm who reads of them."""
    evil = '<script>alert(1)</script> \x00\x1b\ufffe 漢 $x_1$ & "q" ]]> | --> <!--'
    return KillInstance(names=(f"GET /{evil}", "GET /feed"), reset=evil).run()
