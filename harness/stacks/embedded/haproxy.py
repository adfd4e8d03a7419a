"""HAProxy: the balancer in front of the instances, which asks each whether it is ready."""

from functools import partial
from pathlib import Path

from harness.sampling import haproxy as sampling
from harness.stack import Harmable
from harness.stacks import balancer
from harness.stacks.balancer import BACKEND, Balancer, Encryption, Server
from harness.stacks.embedded import certificates
from harness.stacks.embedded.binaries import Binary
from harness.stacks.embedded.children import ChildSpec
from harness.stacks.embedded.site import HOST, Site


def spec(site: Site, binary: Binary) -> ChildSpec:
    config = site.folder("lb") / "haproxy.cfg"
    config.write_text(render(site))
    return ChildSpec(name="lb", role="lb", argv=(str(binary.path), "-db", "-f", str(config)))


def render(site: Site) -> str:
    """The configuration, whole."""
    plan, ports = site.plan, site.ports
    encryption = None
    if plan.tls is not None:
        encryption = Encryption(
            tls=plan.tls,
            certificate=str(certificates.balancer_file(site)),
            plain_bind=f"{HOST}:{ports.plain}",
            public_url=f"https://{HOST}:{ports.lb}",
            # The wheel's Valkey is built without.
            cache=(f"{HOST}:{ports.cache_tls}", f"{HOST}:{ports.cache}"),
        )
    servers = (Server(f"app-{number}", f"{HOST}:{port}") for number, port in enumerate(ports.apps, start=1))
    return balancer.render(
        Balancer(
            socket=str(socket(site)),
            bind=f"{HOST}:{ports.lb}",
            servers=tuple(servers),
            check=plan.health_check,
            balance=plan.balance,
            encryption=encryption,
            metrics_bind=f"{HOST}:{ports.metrics}" if plan.alarms is not None else None,
        )
    )


async def renew(stack: Harmable, site: Site, pem: bytes) -> None:
    """A new certificate for new connections, without a reload unless the plan says so. Raises StackError."""
    assert site.plan.tls is not None
    file = certificates.balancer_file(site)
    # A restarted balancer reads the file; the running one is told over its socket.
    file.write_bytes(pem)
    await balancer.renew(stack, site.plan.tls.renewal, partial(balancer.take_up, socket(site), str(file), pem))


def socket(site: Site) -> Path:
    return site.work / "lb" / "admin.sock"


async def answers(site: Site) -> bool:
    return await sampling.answers(socket(site))


async def sends_to(site: Site, member: str) -> bool:
    """Whether the balancer gives traffic to an instance."""
    return member in await sampling.servers_with_traffic(socket(site), BACKEND)
