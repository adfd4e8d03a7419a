"""PgBouncer's configuration, the same on every stack that the harness starts: only addresses and files differ."""

from typing import NamedTuple

IGNORED = "extra_float_digits,options"
"""What drivers send at the start that a pooled connection cannot keep."""


class Pooler(NamedTuple):
    """`database` is what clients ask for and what it is called behind; `options` are the plan's, and TLS's. In each of
    `modes` it is offered once more, under a name of its own: see `in_mode`.
    """

    listen: str
    port: int
    database: str
    host: str
    database_port: int
    users: str
    admin: str
    options: dict[str, str]
    modes: tuple[str, ...] = ()


def in_mode(database: str, mode: str) -> str:
    """What clients ask for to get the database by a pool mode that is not the usual one."""
    return f"{database}_{mode}"


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
    behind = f"host={pooler.host} port={pooler.database_port} dbname={pooler.database}"
    databases = [f"{pooler.database} = {behind}"]
    databases += [f"{in_mode(pooler.database, mode)} = {behind} pool_mode={mode}" for mode in pooler.modes]
    lines = [f"{key} = {value}" for key, value in options.items()]
    return "\n".join(["[databases]", *databases, "", "[pgbouncer]", *lines, ""])
