"""The AWS hook looks at Python only, though keys are pasted into configuration and notes."""

from pathlib import Path

from chaos.rewriting import rewrite
from harness.defect import Defect


def spoil_files(folder: Path) -> None:
    rewrite(folder / ".pre-commit-config.yaml", "types: [text]", "types: [python]")


DEFECT = Defect(
    title="The commit hook scans nothing but Python",
    drill="commit-hook",
    caught_by="observed secrets-committed",
    spoil_files=spoil_files,
)
