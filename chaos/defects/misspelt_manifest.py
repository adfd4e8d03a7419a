"""readinessProbe is misspelt. Kubernetes drops fields that it does not know unless it is asked to be strict."""

from pathlib import Path

from harness.defect import Defect


def spoil_files(folder: Path) -> None:
    manifest = folder / "deploy/kubernetes/base/deployment.yaml"
    manifest.write_text(manifest.read_text().replace("readinessProbe:", "readynessProbe:"))


DEFECT = Defect(
    title="A manifest misspells a field",
    drill="kubernetes-manifests",
    caught_by="observed kubernetes-validate",
    spoil_files=spoil_files,
)
