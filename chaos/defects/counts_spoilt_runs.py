"""Runs of a target that was spoilt on purpose are evidence as well."""

from pathlib import Path

from chaos.rewriting import rewrite
from harness.defect import Defect


def spoil_files(folder: Path) -> None:
    rewrite(folder / "harness/claims.py", "plan.defect is None and ", "")


DEFECT = Defect(
    title="Runs with a seeded defect count as evidence",
    drill="deployment-checklist",
    caught_by="observed unproven",
    spoil_files=spoil_files,
)
