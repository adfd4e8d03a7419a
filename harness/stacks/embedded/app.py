"""The instances of the target, each a process of its own."""

import signal

import httpx

from harness.stacks.embedded import redis
from harness.stacks.embedded.children import PYTHON, ChildSpec, run_to_end
from harness.stacks.embedded.site import DATABASE, DB_PASSWORD, DB_USER, HOST, Site


def database_url(site: Site, *, pooled: bool) -> str:
    """Through PgBouncer where there is one, with the guide's parameters for the instance's own pool."""
    plan = site.plan
    port = site.ports.pool if pooled else site.ports.db
    limits = f"connection_limit={plan.connection_limit}&pool_timeout={plan.pool_timeout_s}&connect_timeout=5"
    return f"postgresql://{DB_USER}:{DB_PASSWORD}@{HOST}:{port}/{DATABASE}?{limits}"


def environment(site: Site, *, pooled: bool) -> dict[str, str]:
    return {
        "DATABASE_URL": database_url(site, pooled=pooled),
        "REDIS_URL": redis.url(site),
        "JWT_SECRET": site.jwt_secret,
        "LOG_LEVEL": "info",
        "ENVIRONMENT": "test",
        "HOST": HOST,
        "DRAIN_SECONDS": f"{site.plan.drain_s:g}",
    } | site.plan.app_environment


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
    """Runs the migrations once, before any instance starts; returns what they said."""
    return run_to_end([PYTHON, "-m", "target.db.migrate"], environment(site, pooled=pooled))


async def ready(site: Site, number: int) -> bool:
    port = site.ports.apps[number - 1]
    try:
        async with httpx.AsyncClient(timeout=1.0, trust_env=False) as client:
            return (await client.get(f"http://{HOST}:{port}/health/ready")).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
