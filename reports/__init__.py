"""From a run's folder to what people and CI read. It takes a Run and its verdict, and needs nothing else."""

from pathlib import Path

from harness.errors import HarnessError
from harness.finding import Verdict, VerdictDocument
from harness.run import Run
from reports.html import html
from reports.junit import junit
from reports.picture import picture
from reports.postmortem import postmortem
from reports.summary import summary

__all__ = ["render"]


def render(run: Run, verdict: VerdictDocument, folder: Path) -> list[Path]:
    """Writes report.html, timeline.png (unless there was no load to draw), junit.xml, summary.md, for a run that failed
    postmortem.md too, and returns where they are. The draft of an earlier verdict that no longer stands is removed.

    Everything is made before anything is written, and each file replaces the one before it in one step: what cannot
    be rendered raises and leaves the folder as it was.
    """
    drawn = {} if run.plan.drill.only_asks else {"timeline.png": picture}
    failed = {"postmortem.md": postmortem} if verdict.verdict is Verdict.FAIL else {}
    parts = {"report.html": html, **drawn, "junit.xml": junit, "summary.md": summary, **failed}
    made = {name: part(run, verdict) for name, part in parts.items()}
    try:
        if "postmortem.md" not in made:
            (folder / "postmortem.md").unlink(missing_ok=True)
        return [_replace(folder / name, content) for name, content in made.items()]
    except OSError as error:
        raise HarnessError(f"the report cannot be written to {folder}", error.strerror or str(error)) from error


def _replace(file: Path, content: bytes) -> Path:
    partial = file.with_name(file.name + ".partial")
    try:
        partial.write_bytes(content)
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
    return file
