"""What Prometheus sees of this process."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

_TOO_MANY = 429
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
# Around the objectives: a p95 of one second for requests, well below for queries.
_HTTP_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 10.0)
_QUERY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """The metrics of one application, in a registry of its own: two applications can share a process."""

    def __init__(self) -> None:
        # One more series per series, which says when it began. Nobody asks.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self._http_duration = Histogram(
            "http_request_duration_seconds",
            "From the request's first byte to the answer's last.",
            ("method", "route", "status"),
            buckets=_HTTP_BUCKETS,
            registry=self.registry,
        )
        self._http_requests = Counter(
            "http_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self.http_active = Gauge(
            "http_active_connections", "Connections with a request in progress.", registry=self.registry
        )
        self._db_duration = Histogram(
            "db_query_duration_seconds",
            "Time that a query took, without the wait for a connection.",
            ("query",),
            buckets=_QUERY_BUCKETS,
            registry=self.registry,
        )
        self.db_wait = Histogram(
            "db_pool_wait_seconds",
            "Wait for a connection of the pool.",
            buckets=_QUERY_BUCKETS,
            registry=self.registry,
        )
        self.cache_hits = Counter("cache_hits", "Reads the cache answered.", ("cache",), registry=self.registry)
        self.cache_misses = Counter(
            "cache_misses", "Reads the cache did not answer.", ("cache",), registry=self.registry
        )
        self.cache_errors = Counter("cache_errors", "Failures of the cache itself.", registry=self.registry)
        self.websocket_connections = Gauge(
            "websocket_connections", "WebSocket connections that are open.", registry=self.registry
        )
        self._rate_limited = Counter(
            "rate_limited_requests", "Requests refused by a rate limit.", ("route",), registry=self.registry
        )
        self._external = Counter(
            "external_tries", "Requests to services that are not ours.", ("service", "outcome"), registry=self.registry
        )
        self._breaker_state = Gauge(
            "circuit_breaker_state", "0 closed, 1 half open, 2 open.", ("name",), registry=self.registry
        )
        # A state may last shorter than it takes to be scraped again.
        self._breaker_entered = Counter(
            "circuit_breaker_entered",
            "Times that a circuit breaker got into a state.",
            ("name", "state"),
            registry=self.registry,
        )
        self.telemetry_lost = Counter(
            "telemetry_lost",
            "Errors and measurements for Sentry, traces and pushes that were not delivered, as far as can be known.",
            ("outlet",),
            registry=self.registry,
        )
        # process_cpu_seconds_total, process_resident_memory_bytes, process_open_fds …
        ProcessCollector(registry=self.registry)
        # Finding a labelled child takes a lock and hashes strings; per request a dict is enough.
        self._http_children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._db_children: dict[str, Histogram] = {}

    def observe_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request.

        `route` is the template and `method` one of METHODS or "other", so that neither makes series without end.
        """
        key = (method, route, status)
        children = self._http_children.get(key)
        if children is None:
            labels = (method, route, str(status))
            children = (self._http_requests.labels(*labels), self._http_duration.labels(*labels))
            self._http_children[key] = children
        if status == _TOO_MANY:
            self._rate_limited.labels(route).inc()
        children[0].inc()
        children[1].observe(seconds)

    def observe_query(self, name: str, seconds: float) -> None:
        """Count one query by its name."""
        child = self._db_children.get(name)
        if child is None:
            child = self._db_children[name] = self._db_duration.labels(name)
        child.observe(seconds)

    def count_external(self, service: str, outcome: str) -> None:
        """Count one try at another service: "ok" or "failed"."""
        self._external.labels(service, outcome).inc()

    def set_breaker(self, name: str, state: int, word: str) -> None:
        """A circuit breaker is in a state from now on: its number, and its name."""
        self._breaker_state.labels(name).set(state)
        self._breaker_entered.labels(name, word).inc()

    def expose(self, names: Sequence[str] = ()) -> bytes:
        """These metrics, or all where none is named, in Prometheus' text format."""
        # It collects nothing but what is asked for.
        return generate_latest(self.registry.restricted_registry(names) if names else self.registry)
