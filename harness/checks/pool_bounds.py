"""pool-bounds: there were never more connections on either side of the pool than its plan allows."""

from harness.checks.base import Check
from harness.checks.watched import gap
from harness.errors import UsageError
from harness.finding import Finding, Verdict
from harness.run import Run

BOUNDED = (("pool", "servers"), ("pool", "clients"), ("db", "connections"))


class PoolBounds(Check, tag="pool-bounds", frozen=True, kw_only=True):
    """PgBouncer never had more than `servers` server connections, and the database never more than `connections` in
    all; PgBouncer had `clients` at the least once, so that there was something to bound.
    """

    servers: int
    connections: int
    clients: int = 1
    samples: int = 4

    def __post_init__(self) -> None:
        if not 0 < self.servers <= self.connections:
            raise UsageError(
                f"{self.servers} server connections of {self.connections} in all are no bounds",
                "use 0 < servers <= connections: the pool's connections are among the database's",
            )
        if self.samples < 1:
            raise UsageError(f"{self.samples} samples show no bound", "ask for 1 or more")

    def describe(self) -> str:
        text = f"at most {self.servers} server connections and {self.connections} in the database"
        return f"{text}, whatever {self.clients:,} clients want"

    def __call__(self, run: Run) -> Finding:
        limit = f"<= {self.servers}"
        most: dict[tuple[str, str], tuple[float, int]] = {}
        unseen: str | None = None
        for role, metric in BOUNDED:
            series = run.gauges.series(role, role, metric)
            if len(series.t) < self.samples:
                text = f"{metric} of {role} was sampled {len(series.t)} times, of {self.samples} that it takes"
                return self.found(Verdict.INCONCLUSIVE, text, subject=role, threshold=limit)
            if unseen is None and (found := gap(series, run.spans)):
                unseen = f"{metric} of {role} was not sampled for {found[0]:.1f} s of {found[1]}"
            at = int(series.value.argmax())
            most[role, metric] = float(series.value[at]), int(series.t[at])
        (servers, at), (clients, _), (connections, _) = (most[key] for key in BOUNDED)
        seen = f"at most {servers:g} server connections, {connections:g} in the database, for {clients:,.0f} clients"
        if servers > self.servers or connections > self.connections:
            verdict, text = Verdict.FAIL, f"{seen} (server connections: at {run.since_begin(at):.1f} s)"
            text += f"; the plan allows {self.servers} and {self.connections}"
        elif unseen is not None:
            verdict, text = Verdict.INCONCLUSIVE, f"{seen}; but {unseen}"
        elif clients < self.clients:
            verdict, text = Verdict.INCONCLUSIVE, f"{seen}: too few clients, of the {self.clients:,} that it takes"
        else:
            verdict, text = Verdict.PASS, seen
        return self.found(verdict, text, subject="pool", value=servers, unit="connections", threshold=limit)
