"""No revision is kept, to tidy up: `kubectl rollout undo` finds nothing to go back to."""

from pathlib import Path

from chaos.rewriting import rewrite
from harness.defect import Defect


def spoil_files(folder: Path) -> None:
    rewrite(folder / "deploy/kubernetes/base/deployment.yaml", "revisionHistoryLimit: 10", "revisionHistoryLimit: 0")


DEFECT = Defect(
    title="The Deployment keeps no revision to roll back to",
    drill="kubernetes-manifests",
    caught_by="observed revisions-kept",
    spoil_files=spoil_files,
)
