"""The Deployment's limits are lost in an edit: one leaking instance takes its node's memory from all others."""

import re
from pathlib import Path

from chaos.rewriting import rewrite
from harness.defect import Defect


def spoil_files(folder: Path) -> None:
    limits = re.compile(r" +limits:\n(?: +(?:memory|cpu): .*\n)+")
    rewrite(folder / "deploy/kubernetes/base/deployment.yaml", limits, "")


DEFECT = Defect(
    title="The Deployment sets no limits",
    drill="kubernetes-manifests",
    caught_by="observed memory-limits",
    spoil_files=spoil_files,
)
