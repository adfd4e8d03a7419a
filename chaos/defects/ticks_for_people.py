"""An item whose claims hold is ticked, though only people can say the rest of it."""

from pathlib import Path

from chaos.rewriting import rewrite
from harness.defect import Defect


def spoil_files(folder: Path) -> None:
    rewrite(folder / "harness/checklist.py", "Mark.ASKED if item.person else Mark.TICKED", "Mark.TICKED")


DEFECT = Defect(
    title="The checklist ticks what only people can say",
    drill="deployment-checklist",
    caught_by="observed of-people",
    spoil_files=spoil_files,
)
