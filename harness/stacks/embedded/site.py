"""Site: what the servers of one embedded stack share."""

import base64
import os
import secrets
from pathlib import Path
from typing import NamedTuple

from harness.settings import ServerPaths
from harness.stack import Hop, Role
from harness.stacks.embedded.children import unprivileged_ids
from harness.stacks.plan import StackPlan

HOST = "127.0.0.1"
DATABASE = "app"
DB_USER = "app"
DB_OWNER = "owner"
"""Who migrates, and owns the tables: what the application may not alter is not its own."""
DB_PASSWORD = "app-embedded"  # of a database that listens on loopback only and is thrown away with its run
ADMIN = "harness"


class Ports(NamedTuple):
    lb: int
    db: int
    pool: int
    cache: int
    apps: tuple[int, ...]
    upstream: int = 0
    sinks: int = 0
    plain: int = 0
    """The balancer's port without TLS, which only redirects; used when the plan has TLS."""
    cache_tls: int = 0
    metrics: int = 0
    """The balancer's, for Prometheus; used when the plan has alarms."""
    control: int = 0
    """Of the fault proxy, where there is one."""
    hops: dict[Hop, int] = {}
    """Where the fault proxy listens for the clients of a hop."""

    def of(self, role: Role) -> int:
        """Of a lone server."""
        return int(getattr(self, role.value))

    def door(self, hop: Hop) -> int:
        """Where the clients of a hop connect: to the proxy, or to the server itself."""
        return self.hops.get(hop) or self.of(hop.server)


class Site(NamedTuple):
    """`work` is run-scoped and removed at the end; `logs` stays with the run."""

    plan: StackPlan
    paths: ServerPaths
    work: Path
    logs: Path
    ports: Ports
    jwt_secret: str
    upload_key: str = ""

    def folder(self, name: str, *, unprivileged: bool = False) -> Path:
        """A folder below `work`, owned by whoever runs the server."""
        folder = self.work / name
        folder.mkdir(exist_ok=True)
        ids = unprivileged_ids() if unprivileged else None
        if ids:
            os.chown(folder, *ids)
        return folder

    @property
    def socket_folder(self) -> Path:
        return self.work / "db"


def new_secret() -> str:
    return secrets.token_urlsafe(48)


def new_key() -> str:
    """32 bytes in base64."""
    return base64.b64encode(secrets.token_bytes(32)).decode()
