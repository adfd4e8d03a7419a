"""The line that says what is wrong quotes the value, which helps whoever reads the log."""

from pathlib import Path

from chaos.rewriting import rewrite
from harness.defect import Defect

GOOD = 'self.problems.append(f"{name} {error}")'
SPOILT = 'self.problems.append(f"{name}={value} {error}")'


def spoil_files(folder: Path) -> None:
    rewrite(folder / "target/variables.py", GOOD, SPOILT)


DEFECT = Defect(
    title="A refused setting is quoted",
    drill="fail-fast-settings",
    caught_by="observed values-shown",
    spoil_files=spoil_files,
)
