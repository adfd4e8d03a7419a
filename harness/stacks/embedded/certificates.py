"""What a stack's own authority signs for the balancer and for PgBouncer."""

import os
from pathlib import Path

from harness.stacks.authority import Authority
from harness.stacks.embedded.children import unprivileged_ids
from harness.stacks.embedded.site import HOST, Site

NAMES = (HOST, "localhost")


def write(authority: Authority, site: Site) -> None:
    """What the servers and their clients need, into the stack's folder."""
    site.folder("tls")
    authority.write(ca_file(site))
    _keep(balancer_file(site), issue(authority, site))
    _keep(pool_file(site), issue(authority, site), unprivileged=True)


def issue(authority: Authority, site: Site, days: float | None = None) -> bytes:
    """A new key and its certificate, in one PEM text, good for so many days or for as long as the plan says."""
    assert site.plan.tls is not None
    return authority.issue(site.plan.tls.days if days is None else days, *NAMES).together


def ca_file(site: Site) -> Path:
    """Whom clients must trust."""
    return site.work / "tls" / "ca.pem"


def balancer_file(site: Site) -> Path:
    return site.work / "tls" / "lb.pem"


def pool_file(site: Site) -> Path:
    return site.work / "tls" / "pool.pem"


def _keep(file: Path, pem: bytes, *, unprivileged: bool = False) -> None:
    """Readable for the server's user only: it holds the private key."""
    file.touch(mode=0o600)
    file.write_bytes(pem)
    ids = unprivileged_ids() if unprivileged else None
    if ids:
        os.chown(file, *ids)
