"""What the harness and a load process say to each other: JSON lines, orders on stdin, reports on stdout."""

import msgspec

from harness.run import Pace


class LoadOrder(msgspec.Struct, frozen=True, kw_only=True):
    """The first line: what load to make, and where to record it.

    `host` is empty until there is a stack. `rate` (arrivals per second, all workers together) or `users` (long-lived
    clients of this worker) is set. `arrivals` names a schedule; `file` is a locustfile; times are seconds unless named
    otherwise. `most_times` is how many times the rate there will be at most: clients for it are made beforehand.
    """

    file: str
    host: str
    folder: str
    scenario: str
    seed: int
    rate: float | None = None
    users: int | None = None
    arrivals: str = "constant"
    worker: int = 0
    workers: int = 1
    max_clients: int = 4000
    late_ms: float = 100.0
    most_times: float = 1.0


class Go(msgspec.Struct, frozen=True, kw_only=True, tag="go"):
    """Begin: the schedule's zero is `at`, ns of CLOCK_MONOTONIC. From then on these paces follow each other."""

    at: int
    paces: tuple[Pace, ...] = ()


class Turn(msgspec.Struct, frozen=True, kw_only=True, tag="turn"):
    """From `at` (ns), which is yet to come, these paces follow each other, in place of what was to be played then."""

    at: int
    paces: tuple[Pace, ...]


class Stop(msgspec.Struct, frozen=True, kw_only=True, tag="stop"):
    """No more arrivals; what is under way may take `patience_s` to end."""

    patience_s: float


class ReadBack(msgspec.Struct, frozen=True, kw_only=True, tag="read-back"):
    """Ask the API for every acknowledged write of this worker."""


Order = Go | Turn | Stop | ReadBack


class Ready(msgspec.Struct, frozen=True, kw_only=True, tag="ready"):
    """The clients exist and are logged in."""

    clients: int


class Tick(msgspec.Struct, frozen=True, kw_only=True, tag="tick"):
    """The last interval: how many arrivals were due and started, how many of them late or not at all, what ended how.
    Of `broke_off` arrivals the task raised in the middle.

    `p95_ms` and `p50_ms` are of the interval's good answers, for the eye only: verdicts read the recording.
    """

    t: int
    arrivals: int
    late: int
    not_started: int
    broke_off: int
    lag_max_ms: float
    cpu_percent: float
    rss_bytes: int
    requests: int
    errors: int
    p50_ms: float | None
    p95_ms: float | None
    clients: int
    in_flight: int


class Done(msgspec.Struct, frozen=True, kw_only=True, tag="done"):
    """The answer to Stop (`unfinished` requests were given up) and to ReadBack (`count` writes asked for)."""

    count: int = 0
    unfinished: int = 0


class Trouble(msgspec.Struct, frozen=True, kw_only=True, tag="trouble"):
    """The load cannot be made or recorded. `usage` when the order itself is at fault."""

    what: str
    usage: bool = False


Report = Ready | Tick | Done | Trouble
