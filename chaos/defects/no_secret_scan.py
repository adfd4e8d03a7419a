"""The secret scan's one step is commented out while something else is repaired, and stays so."""

import re
from pathlib import Path

from chaos.rewriting import rewrite
from harness.defect import Defect


def spoil_files(folder: Path) -> None:
    step = re.compile(r" +- uses: trufflesecurity/.*\n(?: {8,}.*\n)*")
    rewrite(folder / ".github/workflows/secret-scan.yml", step, "")


DEFECT = Defect(
    title="The secret scan scans nothing",
    drill="workflows",
    caught_by="observed steps",
    spoil_files=spoil_files,
)
