"""The error rate is compared with 1, meant as percent: it is a ratio, so the alert needs every request to fail."""

from pathlib import Path

from chaos.rewriting import rewrite
from harness.defect import Defect


def spoil_files(folder: Path) -> None:
    rewrite(folder / "deploy/prometheus/alerts.yml", "> 0.01\n", "> 1\n")


DEFECT = Defect(
    title="The error alert takes a ratio for a percentage",
    drill="alert-rules",
    caught_by="observed promtool",
    spoil_files=spoil_files,
)
