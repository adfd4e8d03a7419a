"""The Trivy action is named by a tag, which whoever takes over its repository can move."""

import re
from pathlib import Path

from harness.defect import Defect


def spoil_files(folder: Path) -> None:
    workflow = folder / ".github/workflows/trivy-scan.yml"
    workflow.write_text(re.sub(r"trivy-action@[0-9a-f]{40} # (v[\d.]+)", r"trivy-action@\1", workflow.read_text()))


DEFECT = Defect(
    title="A workflow runs whatever a tag points to",
    drill="workflows",
    caught_by="observed workflow-risks",
    spoil_files=spoil_files,
)
