"""readinessProbe is misspelt. Kubernetes drops fields that it does not know unless it is asked to be strict."""

from pathlib import Path

from chaos.rewriting import rewrite
from harness.defect import Defect


def spoil_files(folder: Path) -> None:
    rewrite(folder / "deploy/kubernetes/base/deployment.yaml", "readinessProbe:", "readynessProbe:")


DEFECT = Defect(
    title="A manifest misspells a field",
    drill="kubernetes-manifests",
    caught_by="observed kubernetes-validate",
    spoil_files=spoil_files,
)
