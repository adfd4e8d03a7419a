"""The Deployment's limits are lost in an edit: one leaking instance takes its node's memory from all others."""

import re
from pathlib import Path

from harness.defect import Defect


def spoil_files(folder: Path) -> None:
    manifest = folder / "deploy/kubernetes/base/deployment.yaml"
    manifest.write_text(re.sub(r" +limits:\n(?: +(?:memory|cpu): .*\n)+", "", manifest.read_text()))


DEFECT = Defect(
    title="The Deployment sets no limits",
    drill="kubernetes-manifests",
    caught_by="observed memory-limits",
    spoil_files=spoil_files,
)
