"""Certificates of one stack: its own authority, and what that signed for the balancer and for PgBouncer."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from harness.stacks.embedded.children import unprivileged_ids
from harness.stacks.embedded.site import HOST, Site

NAMES = (HOST, "localhost")


class Authority:
    """Signs for the names of this machine; thrown away with its stack, so nobody need ever trust it for more."""

    def __init__(self) -> None:
        # Imported when a stack wants it: cryptography is a large library.
        import trustme

        self._ca = trustme.CA(organization_name="The stack's own authority")

    def write(self, site: Site) -> None:
        """What the servers and their clients need, into the stack's folder."""
        site.folder("tls")
        self._ca.cert_pem.write_to_path(str(ca_file(site)))
        _keep(balancer_file(site), self.issue(site))
        _keep(pool_file(site), self.issue(site), unprivileged=True)

    def issue(self, site: Site) -> bytes:
        """A new key and its certificate, in one PEM text, good for as long as the plan says."""
        assert site.plan.tls is not None
        ends = datetime.now(UTC) + timedelta(days=site.plan.tls.days)
        leaf = self._ca.issue_cert(*NAMES, not_after=ends)
        return leaf.private_key_and_cert_chain_pem.bytes()


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
