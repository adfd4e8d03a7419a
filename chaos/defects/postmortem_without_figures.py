"""The post-mortem's triage lists what failed, and leaves out the figures."""

from pathlib import Path

from chaos.rewriting import rewrite
from harness.defect import Defect


def spoil_files(folder: Path) -> None:
    file = folder / "reports/postmortem.py"
    rewrite(file, "measured {safe(measured(finding.value, finding.unit))}, ", "")
    rewrite(file, " {_said(one_line(finding.evidence))}", "")


DEFECT = Defect(
    title="The post-mortem draft has no figures",
    drill="postmortem",
    caught_by="observed postmortem-figures",
    spoil_files=spoil_files,
)
