"""Production takes a database without TLS, since the rule for production is not asked for."""

from pathlib import Path

from harness.defect import Defect

FILE = "target/settings.py"
GOOD = "v.encrypted_database_url if strict else DatabaseUrl.parse"
SPOILT = "DatabaseUrl.parse"


def spoil_files(project: Path) -> None:
    file = project / FILE
    text = file.read_text()
    if GOOD not in text:
        raise RuntimeError(f"{file} no longer says {GOOD!r}: this defect would do nothing")
    file.write_text(text.replace(GOOD, SPOILT))


DEFECT = Defect(
    title="Production starts without TLS to the database",
    drill="fail-fast-settings",
    caught_by="observed start-status",
    spoil_files=spoil_files,
)
