"""The instances of the target, each a process of its own."""

import signal

from harness.run import harness_version
from harness.stack import Hop
from harness.stacks import application
from harness.stacks.asking import status_of, version_of
from harness.stacks.embedded import certificates, sinks
from harness.stacks.embedded.children import PYTHON, ChildSpec, run_to_end
from harness.stacks.embedded.site import DATABASE, DB_OWNER, DB_PASSWORD, DB_USER, HOST, Site


def database_url(site: Site, *, pooled: bool) -> str:
    """Through PgBouncer where there is one, with the guide's parameters for the instance's own pool."""
    plan = site.plan
    port = site.ports.door(Hop.APP_POOL) if pooled else site.ports.db
    parameters = f"connection_limit={plan.connection_limit}&pool_timeout={plan.pool_timeout_s}&connect_timeout=5"
    if plan.tls is not None:
        parameters += f"&sslmode=verify-full&sslrootcert={certificates.ca_file(site)}"
    return f"postgresql://{DB_USER}:{DB_PASSWORD}@{HOST}:{port}/{DATABASE}?{parameters}"


def redis_url(site: Site) -> str:
    if site.plan.tls is None:
        return f"redis://{HOST}:{site.ports.door(Hop.APP_CACHE)}/0"
    return f"rediss://{HOST}:{site.ports.cache_tls}/0?ssl_ca_certs={certificates.ca_file(site)}"


def environment(site: Site, *, pooled: bool) -> dict[str, str]:
    common = application.environment(site.plan, site.jwt_secret, site.upload_key)
    places = {
        "DATABASE_URL": database_url(site, pooled=pooled),
        "REDIS_URL": redis_url(site),
        "APP_VERSION": harness_version(),
        "UPSTREAM_URL": f"http://{HOST}:{site.ports.door(Hop.APP_UPSTREAM)}",
        "SENTRY_DSN": sinks.dsn(site),
        "OTEL_EXPORTER_OTLP_ENDPOINT": sinks.url(site),
        "PROMETHEUS_PUSH_GATEWAY": sinks.url(site),
        # One folder for all instances: what one took another must find.
        "UPLOAD_DIR": str(site.folder("uploads")),
        # The balancer's address, and no other: clients may come from the rest of 127.0.0.0/8.
        "TRUSTED_PROXIES": f"{HOST}/32",
        "HOST": HOST,
    }
    return common | places | site.plan.app_environment


def spec(site: Site, number: int, *, pooled: bool) -> ChildSpec:
    name = f"app-{number}"
    own = {"INSTANCE_NAME": name, "PORT": str(site.ports.apps[number - 1])}
    return ChildSpec(
        name=name,
        role="app",
        argv=(PYTHON, "-m", "target", site.plan.app_factory),
        environment=environment(site, pooled=pooled) | own,
        # SIGTERM drains, as for a deploy; when the whole stack stops there is nobody left to drain for.
        stop_signal=signal.SIGINT,
    )


def migrate(site: Site, *, pooled: bool) -> str:
    """Runs the migrations once, before any instance starts; returns what they said.

    As the tables' owner, past the pool: the application itself may use tables, and not alter them.
    """
    owner = f"postgresql://{DB_OWNER}:{DB_PASSWORD}@{HOST}:{site.ports.db}/{DATABASE}"
    return run_to_end([PYTHON, "-m", "target.db.migrate"], environment(site, pooled=pooled) | {"DATABASE_URL": owner})


async def ready(site: Site, number: int) -> bool:
    return await status_of(HOST, site.ports.apps[number - 1], "/health/ready") == 200


async def version(site: Site, number: int) -> str | None:
    return await version_of(HOST, site.ports.apps[number - 1])
