"""PgBouncer's configuration, the same on every stack that the harness starts: only addresses and files differ."""

from typing import NamedTuple

IGNORED = "extra_float_digits,options"
"""What drivers send at the start that a pooled connection cannot keep."""


class Pooler(NamedTuple):
    """`database` is what clients ask for and what it is called behind; `options` are the plan's, and TLS's."""

    listen: str
    port: int
    database: str
    host: str
    database_port: int
    users: str
    admin: str
    options: dict[str, str]


def render(pooler: Pooler) -> str:
    """pgbouncer.ini, whole."""
    options = {
        "listen_addr": pooler.listen,
        "listen_port": str(pooler.port),
        "unix_socket_dir": "",
        "auth_type": "scram-sha-256",
        "auth_file": pooler.users,
        "admin_users": pooler.admin,
        "ignore_startup_parameters": IGNORED,
    } | pooler.options
    database = f"{pooler.database} = host={pooler.host} port={pooler.database_port} dbname={pooler.database}"
    lines = [f"{key} = {value}" for key, value in options.items()]
    return "\n".join(["[databases]", database, "", "[pgbouncer]", *lines, ""])
