"""Production takes a database without TLS, since the rule for production is not asked for."""

from pathlib import Path

from chaos.rewriting import rewrite
from harness.defect import Defect


def spoil_files(folder: Path) -> None:
    rewrite(
        folder / "target/settings.py", "v.encrypted_database_url if strict else DatabaseUrl.parse", "DatabaseUrl.parse"
    )


DEFECT = Defect(
    title="Production starts without TLS to the database",
    drill="fail-fast-settings",
    caught_by="observed start-status",
    spoil_files=spoil_files,
)
