"""PgBouncer: transaction pooling between the instances and Postgres, with the guide's numbers."""

import signal

from harness.stack import Hop
from harness.stacks.asking import answers_sql
from harness.stacks.embedded import certificates
from harness.stacks.embedded.binaries import Binary
from harness.stacks.embedded.children import ChildSpec
from harness.stacks.embedded.site import ADMIN, DATABASE, DB_PASSWORD, DB_USER, HOST, Site
from harness.stacks.pooler import Pooler, render

ADMIN_PASSWORD = "admin-embedded"  # of a console on loopback, thrown away with its run


def spec(site: Site, binary: Binary) -> ChildSpec:
    folder = site.folder("pool", unprivileged=True)
    users = folder / "users.txt"
    users.write_text(f'"{DB_USER}" "{DB_PASSWORD}"\n"{ADMIN}" "{ADMIN_PASSWORD}"\n')
    options: dict[str, str] = {}
    if site.plan.tls is not None:
        certificate = str(certificates.pool_file(site))
        options = {
            "client_tls_sslmode": "require",
            "client_tls_protocols": "secure",
            "client_tls_key_file": certificate,
            "client_tls_cert_file": certificate,
        }
    pooler = Pooler(
        listen=HOST,
        port=site.ports.pool,
        database=DATABASE,
        host=HOST,
        database_port=site.ports.door(Hop.POOL_DB),
        users=str(users),
        admin=ADMIN,
        options=options | site.plan.pgbouncer,
        modes=site.plan.pool_modes,
    )
    config = folder / "pgbouncer.ini"
    config.write_text(render(pooler))
    for file in (users, config):
        # Whatever the umask: the server reads them as somebody else.
        file.chmod(0o644)
    return ChildSpec(
        name="pool",
        role="pool",
        argv=(str(binary.path), str(config)),
        environment=binary.environment(),
        unprivileged=True,
        # SIGTERM is PgBouncer's immediate shutdown, SIGINT its safe one, which waits for clients.
        stop_signal=signal.SIGTERM,
    )


def admin_url(site: Site) -> str:
    return f"postgresql://{ADMIN}:{ADMIN_PASSWORD}@{HOST}:{site.ports.pool}/pgbouncer"


async def answers(site: Site) -> bool:
    """Whether a query goes through to Postgres, as the application's own user."""
    url = f"postgresql://{DB_USER}:{DB_PASSWORD}@{HOST}:{site.ports.pool}/{DATABASE}"
    return await answers_sql(url)
