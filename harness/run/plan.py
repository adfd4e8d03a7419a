"""run.json: the drill as planned, the stack it ran on, and what is needed to read the rest of the folder."""

import os
import platform
from importlib import metadata
from pathlib import Path

import msgspec

from harness.clock import ClockOffset
from harness.errors import UsageError
from harness.run.pace import Pace

SCHEMA = 1
"""The version of the folder's format. Readers refuse a higher one and read every lower one."""

PLAN_FILE = "run.json"


class PlannedLoad(msgspec.Struct, frozen=True, kw_only=True):
    """`rate` is arrivals per second (open model); `users` is long-lived clients (closed model). One of them is set."""

    scenario: str
    rate: float | None = None
    users: int | None = None
    arrivals: str = "constant"
    workers: int = 1

    @property
    def name(self) -> str:
        """The scenario's, where it is given by its path too."""
        return Path(self.scenario).stem.replace("_", "-")

    def __str__(self) -> str:
        return f"{self.scenario} at {self.rate:g}/s" if self.rate is not None else f"{self.scenario} × {self.users}"


class PlannedPhase(msgspec.Struct, frozen=True, kw_only=True):
    """`pace` is None where clients arrive at their load's own rate."""

    name: str
    seconds: float
    fault: str | None = None
    asks: bool = False
    pace: Pace | None = None


class PlannedDrill(msgspec.Struct, frozen=True, kw_only=True):
    """The drill as data. `checks` stay raw here: only `harness.checks` knows what they mean."""

    name: str
    title: str
    loads: tuple[PlannedLoad, ...] = ()
    timeline: tuple[PlannedPhase, ...] = ()
    checks: tuple[msgspec.Raw, ...] = ()
    claims: tuple[str, ...] = ()

    @property
    def load_processes(self) -> tuple[str, ...]:
        """What each process that makes the loads is called: "browse-0"."""
        return tuple(f"{load.name}-{worker}" for load in self.loads for worker in range(load.workers))

    @property
    def rate(self) -> float:
        """Arrivals a second by all loads that have a rate, where no phase says otherwise."""
        return sum(load.rate or 0.0 for load in self.loads)

    @property
    def played_s(self) -> float:
        """How long its phases last together, those apart that last as long as it takes to ask."""
        return sum(phase.seconds for phase in self.timeline if not phase.asks)

    def due(self, phase: str, seconds: float) -> float:
        """How many arrivals the first so many seconds of a phase have."""
        pace = next((planned.pace for planned in self.timeline if planned.name == phase), None)
        return self.rate * (seconds if pace is None else pace.worth(seconds))

    @property
    def only_asks(self) -> bool:
        """A probe without a load: what it saw is the recording, and there is no latency to judge."""
        return not self.loads and any(phase.asks for phase in self.timeline)


class StackFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What ran: server versions by role, members by role, and each role that is absent with the reason. `option` is
    what `--stack` said, where that was not the harness's own stack of child processes.
    """

    kind: str
    url: str
    versions: dict[str, str] = {}
    members: dict[str, tuple[str, ...]] = {}
    absent: dict[str, str] = {}
    notes: tuple[str, ...] = ()
    option: str = ""


class GeneratorLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Past these, the load generator itself was the limit and no latency figure of that phase counts."""

    lag_p99_ms: float = 100.0
    cpu_percent: float = 95.0
    not_started_percent: float = 0.0


class HostFacts(msgspec.Struct, frozen=True, kw_only=True):
    cpus: int
    memory_bytes: int
    system: str
    python: str

    @classmethod
    def here(cls) -> "HostFacts":
        return cls(
            cpus=os.cpu_count() or 1,
            memory_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
            system=f"{platform.system()} {platform.release()} {platform.machine()}",
            python=platform.python_version(),
        )


class RunPlan(msgspec.Struct, frozen=True, kw_only=True):
    schema: int
    harness: str
    drill: PlannedDrill
    stack: StackFacts
    clock: ClockOffset
    host: HostFacts
    seed: int
    limits: GeneratorLimits
    defect: str | None = None
    """The defect that was seeded into the stack on purpose, in a self-test."""

    def write(self, folder: Path) -> None:
        """Replaces run.json in one step, so that a reader sees the old plan or the new one."""
        partial = folder / (PLAN_FILE + ".partial")
        partial.write_bytes(msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n")
        partial.replace(folder / PLAN_FILE)

    @classmethod
    def read(cls, folder: Path) -> "RunPlan":
        file = folder / PLAN_FILE
        try:
            text = file.read_bytes()
        except OSError as error:
            raise UsageError(f"{folder} is not a run's folder ({PLAN_FILE}: {error.strerror})", _WHERE) from error
        try:
            schema = msgspec.json.decode(text, type=_Versioned).schema
            if schema > SCHEMA:
                raise UsageError(
                    f"{file} has schema {schema}, this harness reads up to {SCHEMA}", "upgrade the harness"
                )
            return msgspec.json.decode(text, type=cls)
        except msgspec.DecodeError as error:
            raise UsageError(f"{file} cannot be read: {error}", _WHERE) from error


class _Versioned(msgspec.Struct):
    schema: int


_WHERE = "name a folder that `harness` wrote, for example one under runs/"


def harness_version() -> str:
    return metadata.version("readiness-harness")
