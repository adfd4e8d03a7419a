"""Drill: loads, a timeline of phases, and expectations. It reads as the sentence one would say of it."""

import random
from collections.abc import Awaitable, Callable, Iterable
from enum import StrEnum
from pathlib import Path

import msgspec

from harness.checks.base import Check
from harness.checks.slo import Slo
from harness.checks.threshold import parse
from harness.errors import UsageError
from harness.fault import Fault
from harness.prober import Prober
from harness.run import Pace, PlannedDrill, PlannedLoad, PlannedPhase
from harness.stack import Harmable, Hop, Role
from harness.stacks.plan import StackPlan


class Profile(StrEnum):
    """Which drills `harness verify` runs: each profile includes the ones before it."""

    QUICK = "quick"
    STANDARD = "standard"
    FULL = "full"

    def includes(self, other: "Profile") -> bool:
        order = list(Profile)
        return order.index(other) <= order.index(self)


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario at a rate (arrivals a second) or with a number of long-lived users. `scenario` is a name or a path."""

    scenario: str
    rate: float | None = None
    users: int | None = None
    arrivals: str = "constant"
    workers: int = 1

    def __post_init__(self) -> None:
        if (self.rate is None) == (self.users is None):
            raise UsageError(f"a load of {self.scenario!r} needs either a rate or a number of users")
        if self.rate is not None and not 0 < self.rate <= MAX_RATE:
            raise UsageError(
                f"a rate of {self.rate:g} arrivals a second cannot be played", f"use 0 < rate <= {MAX_RATE:g}"
            )
        if self.users is not None and self.users < 1:
            raise UsageError(f"{self.users} users make no load", "use 1 or more")
        if self.arrivals not in ARRIVALS:
            raise UsageError(f"there are no {self.arrivals!r} arrivals", f"they are {' or '.join(ARRIVALS)}")
        if not 1 <= self.workers <= MAX_WORKERS:
            raise UsageError(f"{self.workers} workers cannot play a load", f"use 1 to {MAX_WORKERS}")
        if self.users is not None and self.users < self.workers:
            raise UsageError(f"{self.workers} workers cannot share {self.users} users", "use a worker for each at most")

    def users_of(self, worker: int) -> int | None:
        """How many of the users are the `worker`-th's; None for a load that has a rate."""
        if self.users is None:
            return None
        each, left = divmod(self.users, self.workers)
        return each + (worker < left)


LEAST_S = 3.0
"""A phase cut shorter than this has too few answers to tell anything by."""
MOST_DRAWN = 8
"""Phases of a timeline that is drawn, where its times are cut short: so many faults take as long as another drill."""
MAX_RATE = 100_000.0
MOST_TIMES = 100.0
MAX_WORKERS = 64
ARRIVALS = ("constant", "poisson")


Ask = Callable[[Prober], Awaitable[None]]
"""What a probe does: asks, and says what it saw."""


class Phase(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of the timeline. With a fault, its seconds count from when the stack shows the fault. With an `ask`
    it lasts until everything has been asked, and at most its seconds. `then` follows while the fault is still in
    effect, one phase or several; their own are healed first. In it clients arrive at `times` the rate of their load, at
    its end at `until` times that rate. Where the self-test cuts times short, `least_s` are left.
    """

    name: str
    seconds: float
    fault: Fault | None = None
    ask: Ask | None = None
    then: "Phase | tuple[Phase, ...]" = ()
    times: float = 1.0
    until: float | None = None
    least_s: float = LEAST_S

    def __post_init__(self) -> None:
        if not self.seconds > 0:
            raise UsageError(f"the phase {self.name!r} lasts {self.seconds:g} s", "use more than 0")
        if self.following and self.fault is None:
            raise UsageError(
                f"the phase {self.name!r} has no fault that {self.following[0].name!r} could overlap", "say it after"
            )
        if not (0 <= self.times <= MOST_TIMES and 0 < self.pace.end <= MOST_TIMES and self.times + self.pace.end > 0):
            raise UsageError(
                f"clients cannot arrive {self.pace or 'so fast'} in the phase {self.name!r}",
                f"use 0 < times <= {MOST_TIMES:g}; a ramp may begin at 0",
            )

    @property
    def following(self) -> "tuple[Phase, ...]":
        return (self.then,) if isinstance(self.then, Phase) else self.then

    @property
    def pace(self) -> Pace:
        return Pace(self.seconds, self.times, self.times if self.until is None else self.until)

    def flat(self) -> "tuple[Phase, ...]":
        """This phase and those that follow while its fault is in effect."""
        return (self, *(part for phase in self.following for part in phase.flat()))

    def scaled(self, scale: float) -> "Phase":
        """With its times cut short; but the seconds of an `ask` are a patience, and take none when all goes well."""
        seconds = self.seconds if self.ask else max(self.seconds * scale, min(self.seconds, self.least_s))
        then = tuple(phase.scaled(scale) for phase in self.following)
        return msgspec.structs.replace(self, seconds=seconds, then=then)


def warm_up(seconds: float) -> Phase:
    """Nothing is judged yet: caches fill, connections open."""
    return Phase(name="warm-up", seconds=seconds)


def baseline(seconds: float) -> Phase:
    """What "healthy" looks like in this run. A fault goes in only when it meets the SLO."""
    return Phase(name="baseline", seconds=seconds)


def fault(harm: Fault, seconds: float, *, ask: Ask | None = None, then: Phase | tuple[Phase, ...] = ()) -> Phase:
    """With `then`, `fault(A, 4, then=fault(B, 6))`, B comes 4 s after A, and is healed before it."""
    return Phase(name="fault", seconds=seconds, fault=harm, ask=ask, then=then)


def recovery(seconds: float) -> Phase:
    return Phase(name="recovery", seconds=seconds)


def ramp(seconds: float, *, begin: float, end: float = 1.0) -> Phase:
    """The rate goes evenly from so many times the load's to so many."""
    return Phase(name="ramp", seconds=seconds, times=begin, until=end)


def stairs(seconds: float, *times: float) -> tuple[Phase, ...]:
    """Phases of so many seconds each, named step-1 and so on, with so many times the load's rate."""
    return tuple(Phase(name=f"step-{number}", seconds=seconds, times=t) for number, t in enumerate(times, 1))


class Abort(msgspec.Struct, frozen=True, kw_only=True):
    """The stop condition: more than `errors_percent` of the answers were errors, for `seconds` on end."""

    errors_percent: float = 50.0
    seconds: float = 10.0


Expectations = tuple[Check | tuple[Check, ...], ...]
"""Checks, and tuples of checks as `slo` makes them."""


class Drill(msgspec.Struct, frozen=True, kw_only=True):
    """One file in chaos/drills/ holds one as `DRILL`; its name is the file's. A probe is a drill without a fault, made
    by `harness.probe.probe`: one file in chaos/probes/ holds one as `PROBE`.

    `expect` may hold checks and tuples of checks (as `slo` makes). `needs` names roles that the stack must have. `on`
    turns the plan of the usual stack into that of the one to run on; a stack that is only known by its URL cannot
    follow it. Without `needs_stack` there is none: the project's files are what is looked at. One that is `alone`
    measures how much this machine can do: the self-test runs nothing beside it. One that is `heavy` only asks, and yet
    keeps the processor as busy as a load does.

    Where the faults are random, `drawn` gives the timeline of a run from the run's seed, `may_draw` is every fault that
    can be in it, and `timeline` is one of those that can be drawn.
    """

    title: str
    loads: tuple[Load, ...] = ()
    timeline: tuple[Phase, ...]
    expect: Expectations = ()
    claims: tuple[str, ...] = ()
    needs: tuple[Role, ...] = ()
    profile: Profile = Profile.QUICK
    abort: Abort = Abort()
    on: Callable[[StackPlan], StackPlan] | None = None
    needs_stack: bool = True
    alone: bool = False
    heavy: bool = False
    drawn: Callable[[random.Random], tuple[Phase, ...]] | None = None
    may_draw: tuple[Fault, ...] = ()
    name: str = ""

    def __post_init__(self) -> None:
        names = [Path(load.scenario).stem for load in self.loads]
        if len(set(names)) < len(names):
            raise UsageError(
                f"{self.title!r} has two loads of one scenario", "one load each: their recordings are told apart by it"
            )
        paces = {(phase.name, phase.times, phase.until) for phase in self.phases}
        if len(paces) > len({phase.name for phase in self.phases}):
            raise UsageError(
                f"{self.title!r} has two phases of one name with different rates", "give each rate its own name"
            )
        if self.paced and any(load.rate is None for load in self.loads):
            raise UsageError(
                f"{self.title!r} changes the rate of a load of users, who have none", "say `rate` in its loads"
            )
        phases = tuple(dict.fromkeys(phase.name for phase in self.phases))
        for check in self.checks:
            named = getattr(check, "phase", None)
            if named is not None and named not in phases:
                raise UsageError(
                    f"{self.title!r} expects {check.describe()!r}, but has no phase {named!r}",
                    f"its phases are {', '.join(phases)}",
                )

    @property
    def checks(self) -> tuple[Check, ...]:
        """The expectations, one check each."""
        flat: list[Check] = []
        for expectation in self.expect:
            flat += expectation if isinstance(expectation, tuple) else (expectation,)
        return tuple(flat)

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The timeline with what overlaps in it, in the order in which they begin."""
        return tuple(part for phase in self.timeline for part in phase.flat())

    @property
    def paced(self) -> bool:
        """Whether clients ever arrive at another rate than their load's own."""
        return any(str(phase.pace) for phase in self.phases)

    @property
    def most_times(self) -> float:
        """At most so many times their loads' rates clients arrive."""
        return max((max(phase.pace.begin, phase.pace.end) for phase in self.phases), default=1.0)

    def scaled(self, scale: float) -> "Drill":
        """With its times cut short, as the self-test plays it: what happens in it, and in which order, stays. Of a
        timeline that is drawn there are at most `MOST_DRAWN` phases.
        """
        drawn = self.drawn
        if drawn is not None:
            return msgspec.structs.replace(
                self, drawn=lambda draw: tuple(phase.scaled(scale) for phase in drawn(draw)[:MOST_DRAWN])
            )
        return msgspec.structs.replace(self, timeline=tuple(phase.scaled(scale) for phase in self.timeline))

    def of_seed(self, seed: int) -> "Drill":
        """As a run of this seed plays it."""
        if self.drawn is None:
            return self
        return msgspec.structs.replace(self, timeline=self.drawn(random.Random(seed)))

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Those of the timeline, and those that another seed may put there."""
        return (*(phase.fault for phase in self.phases if phase.fault), *self.may_draw)

    @property
    def hops(self) -> tuple[Hop, ...]:
        """Where the fault proxy must stand for its faults."""
        return tuple(dict.fromkeys(hop for fault in self.faults for hop in fault.hops))

    @property
    def wants(self) -> tuple[str, ...]:
        """All that a stack must have: roles by their names, and what its faults need more than to be harmable."""
        kinds = dict.fromkeys(fault.wants for fault in self.faults if fault.wants is not Harmable)
        return (*self.needs, *(kind.__name__.lower() for kind in kinds))

    @property
    def seconds(self) -> float:
        return sum(phase.seconds for phase in self.phases)

    def planned(self) -> PlannedDrill:
        """The drill as data, for run.json."""
        return PlannedDrill(
            name=self.name,
            title=self.title,
            loads=tuple(
                PlannedLoad(
                    scenario=load.scenario,
                    rate=load.rate,
                    users=load.users,
                    arrivals=load.arrivals,
                    workers=load.workers,
                )
                for load in self.loads
            ),
            timeline=tuple(
                PlannedPhase(
                    name=p.name,
                    seconds=p.seconds,
                    fault=p.fault.name if p.fault else None,
                    asks=p.ask is not None,
                    pace=p.pace if str(p.pace) else None,
                )
                for p in self.phases
            ),
            checks=tuple(msgspec.Raw(msgspec.json.encode(check)) for check in self.checks),
            claims=self.claims,
        )


def thresholds(sources: Iterable[str], phases: tuple[str, ...]) -> tuple[Check, ...]:
    """Thresholds as typed on a command line, each for the phase that it names or else for every one of `phases`.

    Raises UsageError for one that does not parse or names a phase that there is not.
    """
    checks: list[Check] = []
    for source in sources:
        threshold = parse(source)
        if threshold.phase is not None and threshold.phase not in phases:
            raise UsageError(
                f"the threshold {source!r} names the phase {threshold.phase!r}",
                f"choose from {', '.join(phases)}",
            )
        checks += [
            Slo(threshold=threshold.text, phase=phase, own=True)
            for phase in ((threshold.phase,) if threshold.phase else phases)
        ]
    return tuple(checks)
