"""The post-mortem's triage lists what failed, and leaves out the figures."""

from pathlib import Path

from harness.defect import Defect

GOOD = "measured {safe(measured(finding.value, finding.unit))}, "


def spoil_files(project: Path) -> None:
    file = project / "reports" / "postmortem.py"
    text = file.read_text()
    if GOOD not in text:
        raise RuntimeError(f"{file} no longer says {GOOD!r}: this defect would do nothing")
    text = text.replace(GOOD, "").replace("{safe(one_line(finding.evidence))}", "")
    file.write_text(text)


DEFECT = Defect(
    title="The post-mortem draft has no figures",
    drill="postmortem",
    caught_by="observed postmortem-figures",
    spoil_files=spoil_files,
)
