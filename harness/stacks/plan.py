"""StackPlan: how a stack is to be built. Defects change this value; they never reach into a stack that runs."""

from enum import StrEnum

import msgspec

from harness.roles import Hop

POSTGRES = {
    "max_connections": "100",
    "shared_buffers": "64MB",
    # Reports place log lines on the run's clock.
    "log_timezone": "UTC",
    # Durable against killed processes, which is what drills kill; fsync only matters when the machine dies.
    "synchronous_commit": "on",
    "fsync": "off",
    "full_page_writes": "off",
}

PGBOUNCER = {
    "pool_mode": "transaction",
    "max_client_conn": "1000",
    "default_pool_size": "25",
    "min_pool_size": "5",
    "reserve_pool_size": "5",
    "reserve_pool_timeout": "5",
    "max_db_connections": "50",
    "server_idle_timeout": "600",
    # The guide leaves these two at their defaults of 15 s and 120 s, with which a restart of Postgres is an outage.
    "server_login_retry": "1",
    "query_wait_timeout": "5",
}


class HealthCheck(msgspec.Struct, frozen=True, kw_only=True):
    """How the balancer asks an instance whether it is ready; without a path it only opens the port.

    `drains` is whether an instance that says no may finish what it has begun; one that does not answer may not.
    """

    path: str | None = "/health/ready"
    every_ms: int = 200
    fall: int = 2
    rise: int = 2
    drains: bool = True


class Renewal(StrEnum):
    """What is done with a certificate that was renewed."""

    TOLD = "told"
    """The running balancer is told: who is connected stays so."""
    RESTARTED = "restarted"
    """The balancer is restarted with it."""
    FILED = "filed"
    """It is put where the balancer will find it, some day."""


class Tls(msgspec.Struct, frozen=True, kw_only=True):
    """TLS at the balancer and in front of PgBouncer and the cache, after Mozilla's "intermediate" recommendation.

    `days` is how long the certificates are good for, `renewal` how the balancer takes up a new one, `hsts` the header's
    value (empty for none), `redirect` whether the plain port sends people on; without it that port serves.
    """

    days: float = 90.0
    renewal: Renewal = Renewal.TOLD
    min_version: str = "TLSv1.2"
    ciphers: str = ":".join(
        (
            "ECDHE-ECDSA-AES128-GCM-SHA256",
            "ECDHE-RSA-AES128-GCM-SHA256",
            "ECDHE-ECDSA-AES256-GCM-SHA384",
            "ECDHE-RSA-AES256-GCM-SHA384",
            "ECDHE-ECDSA-CHACHA20-POLY1305",
            "ECDHE-RSA-CHACHA20-POLY1305",
        )
    )
    ciphersuites: str = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
    hsts: str = "max-age=63072000; includeSubDomains"
    redirect: bool = True


class Alarms(msgspec.Struct, frozen=True, kw_only=True):
    """Prometheus and Alertmanager, by the texts of their files: `config` and `rules` of the one, `routes` of the other.

    Every duration in them is divided by `pace`, so that what takes minutes can be seen in seconds.
    """

    config: str
    rules: str
    routes: str
    pace: float = 1.0


class StackPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The system of the guide, with its numbers.

    `app_factory` is "module:callable" of an ASGI application; `health_check` None is a balancer that never asks.
    `pool_modes` are those in which PgBouncer offers the database besides, under names of their own.
    `hops` are where the fault proxy stands: nowhere, unless a fault of the drill needs it.
    `alarms` is who watches it: nobody, unless a drill wants to hear them.
    `port` is the balancer's, 0 for any free one. `balance` is its algorithm. `sql` are statements that run after the
    migrations. `environment` is the target's ENVIRONMENT: "production" needs `tls`.

    Two are for stacks of containers only: `restarts` is whether an instance that ended by itself is started again, and
    `uploads_mib` the size of a disk that uploads have for themselves, which may then be filled; None for one with room.
    """

    instances: int = 3
    app_factory: str = "target.app:create_app"
    app_environment: dict[str, str] = {}
    health_check: HealthCheck | None = HealthCheck()
    balance: str = "leastconn"
    sql: tuple[str, ...] = ()
    postgres: dict[str, str] = msgspec.field(default_factory=POSTGRES.copy)
    pgbouncer: dict[str, str] = msgspec.field(default_factory=PGBOUNCER.copy)
    pool_modes: tuple[str, ...] = ()
    connection_limit: int = 15
    pool_timeout_s: int = 5
    drain_s: float = 1.0
    restarts: bool = True
    uploads_mib: int | None = None
    hops: tuple[Hop, ...] = ()
    port: int = 0
    tls: Tls | None = None
    alarms: Alarms | None = None
    environment: str = "test"
    # The clients of a drill share one address: at the guide's 100 a minute nearly all would be turned away.
    rate_limit: str = "1000000/minute"
