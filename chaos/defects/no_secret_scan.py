"""The secret scan's one step is commented out while something else is repaired, and stays so."""

import re
from pathlib import Path

from harness.defect import Defect


def spoil_files(folder: Path) -> None:
    workflow = folder / ".github/workflows/secret-scan.yml"
    step = re.compile(r" +- uses: trufflesecurity/.*\n(?: {8,}.*\n)*")
    workflow.write_text(step.sub("", workflow.read_text(), count=1))


DEFECT = Defect(
    title="The secret scan scans nothing",
    drill="workflows",
    caught_by="observed steps",
    spoil_files=spoil_files,
)
