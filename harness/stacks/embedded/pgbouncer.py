"""PgBouncer: transaction pooling between the instances and Postgres, with the guide's numbers."""

import signal

import psycopg

from harness.stacks.embedded import certificates
from harness.stacks.embedded.binaries import Binary
from harness.stacks.embedded.children import ChildSpec
from harness.stacks.embedded.site import ADMIN, DATABASE, DB_PASSWORD, DB_USER, HOST, Site

ADMIN_PASSWORD = "admin-embedded"  # of a console on loopback, thrown away with its run


def spec(site: Site, binary: Binary) -> ChildSpec:
    folder = site.folder("pool", unprivileged=True)
    users = folder / "users.txt"
    users.write_text(f'"{DB_USER}" "{DB_PASSWORD}"\n"{ADMIN}" "{ADMIN_PASSWORD}"\n')
    options = {
        "listen_addr": HOST,
        "listen_port": str(site.ports.pool),
        "unix_socket_dir": "",
        "auth_type": "scram-sha-256",
        "auth_file": str(users),
        "admin_users": ADMIN,
        "ignore_startup_parameters": "extra_float_digits,options",
    }
    if site.plan.tls is not None:
        certificate = str(certificates.pool_file(site))
        options |= {
            "client_tls_sslmode": "require",
            "client_tls_protocols": "secure",
            "client_tls_key_file": certificate,
            "client_tls_cert_file": certificate,
        }
    options |= site.plan.pgbouncer
    config = folder / "pgbouncer.ini"
    lines = [f"{key} = {value}" for key, value in options.items()]
    database = f"{DATABASE} = host={HOST} port={site.ports.db} dbname={DATABASE}"
    config.write_text("\n".join(["[databases]", database, "", "[pgbouncer]", *lines, ""]))
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
    try:
        async with await psycopg.AsyncConnection.connect(url, connect_timeout=2, prepare_threshold=None) as connection:
            await connection.execute("select 1")
    except psycopg.OperationalError:
        return False
    return True
