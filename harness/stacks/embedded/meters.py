"""What is sampled of the embedded stack."""

from collections.abc import Iterable

from harness.sampling.base import Meter
from harness.sampling.haproxy import HaproxyMeter
from harness.sampling.pgbouncer import PgbouncerMeter
from harness.sampling.postgres import PostgresMeter
from harness.sampling.processes import ProcessMeter
from harness.sampling.redis import RedisMeter
from harness.stacks.balancer import BACKEND
from harness.stacks.embedded import haproxy, pgbouncer, postgres, redis
from harness.stacks.embedded.children import Child
from harness.stacks.embedded.site import DATABASE, Site


def server_meters(site: Site, children: Iterable[Child], *, pooled: bool) -> list[Meter]:
    """Each server by its own word, and each process by the kernel's."""
    meters: list[Meter] = [
        HaproxyMeter(haproxy.socket(site), BACKEND),
        PostgresMeter(postgres.admin_url(site)),
        RedisMeter(redis.url(site)),
    ]
    if pooled:
        meters.append(PgbouncerMeter(pgbouncer.admin_url(site), DATABASE))
    return meters + [
        ProcessMeter(child.spec.role, child.spec.name, lambda child=child: child.pid)  # type: ignore[misc]
        for child in children
    ]
