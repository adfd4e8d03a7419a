"""PgBouncer's file loses its bound on server connections: each database and user gets a pool of its own."""

from pathlib import Path

from chaos.rewriting import rewrite
from harness.defect import Defect


def spoil_files(folder: Path) -> None:
    rewrite(folder / "deploy/pgbouncer/pgbouncer.ini", "max_db_connections = 50\n", "")


DEFECT = Defect(
    title="PgBouncer may open any number of server connections",
    drill="server-configurations",
    caught_by="observed pool-settings",
    spoil_files=spoil_files,
)
