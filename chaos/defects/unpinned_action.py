"""The Trivy action is named by a tag, which whoever takes over its repository can move."""

import re
from pathlib import Path

from chaos.rewriting import rewrite
from harness.defect import Defect


def spoil_files(folder: Path) -> None:
    pinned = re.compile(r"trivy-action@[0-9a-f]{40} # (v[\d.]+)")
    rewrite(folder / ".github/workflows/trivy-scan.yml", pinned, r"trivy-action@\1")


DEFECT = Defect(
    title="A workflow runs whatever a tag points to",
    drill="workflows",
    caught_by="observed workflow-risks",
    spoil_files=spoil_files,
)
