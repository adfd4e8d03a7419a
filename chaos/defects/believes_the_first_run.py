"""Of several runs of a drill the earliest counts, whatever came after."""

from pathlib import Path

from chaos.rewriting import rewrite
from harness.defect import Defect


def spoil_files(folder: Path) -> None:
    rewrite(folder / "harness/claims.py", "reverse=True) if", "reverse=False) if")


DEFECT = Defect(
    title="The first run of a drill is its evidence, and not the latest",
    drill="deployment-checklist",
    caught_by="observed refuted",
    spoil_files=spoil_files,
)
