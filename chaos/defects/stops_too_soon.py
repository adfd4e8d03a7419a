"""Somebody raises DRAIN_SECONDS and not the grace period: every rollout kills instances in the middle of requests."""

from pathlib import Path

from chaos.rewriting import rewrite
from harness.defect import Defect


def spoil_files(folder: Path) -> None:
    rewrite(folder / "deploy/kubernetes/base/configmap.yaml", 'DRAIN_SECONDS: "10"', 'DRAIN_SECONDS: "25"')


DEFECT = Defect(
    title="Kubernetes kills an instance before it has drained",
    drill="kubernetes-manifests",
    caught_by="observed spare-time-to-stop",
    spoil_files=spoil_files,
)
