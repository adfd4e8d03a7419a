"""A run that failed leaves the draft of a post-mortem, with its own figures; one that passed leaves none."""

import asyncio
import re
import sys
from pathlib import Path

from chaos.recordings import REASON, TOKEN, record
from harness.checks.observed import Observed
from harness.probe import probe
from harness.prober import Prober
from harness.tools.run import run

STEPS = ("Detection", "Triage", "Investigation", "Mitigation", "Resolution", "Learnings")
FAILED_OF_TEN = 3
REPORT = (sys.executable, "-m", "harness.cli.main", "report")


async def ask(prober: Prober) -> None:
    failed, passed = prober.folder / "a-run-that-failed", prober.folder / "a-run-that-passed"
    for folder, failures in ((failed, FAILED_OF_TEN), (passed, 0)):
        record(folder, "steady", ("PERF-SLO",), failures)
        done = await asyncio.to_thread(run, [*REPORT, folder], prober.files, {"PYTHONPATH": str(prober.files)})
        prober.saw("report-exit-status", folder.name, done.status, detail=done.text[-200:])
    draft = failed / "postmortem.md"
    prober.saw("postmortem-written", failed.name, draft.is_file())
    prober.saw("postmortem-when-passed", passed.name, (passed / "postmortem.md").is_file())
    sections = dict(re.findall(r"^## (.+)\n((?:(?!## ).*\n)*)", text_of(draft), re.M))
    for step in STEPS:
        text = sections.get(step, "")
        prober.saw(
            "postmortem-lines", step, sum(line.startswith("- ") for line in text.splitlines()), detail=text[:200]
        )
    share = f"{10 * FAILED_OF_TEN:.1f} %".replace(".0", "")
    told = sections.get("Triage", "")
    prober.saw("postmortem-figures", f"the errors, {share}, in Triage", told.count(share), detail=told[:200])
    told = sections.get("Investigation", "")
    prober.saw("postmortem-logs", "the line that an instance logged", told.count(REASON), detail=told[-400:])
    prober.saw("postmortem-secrets", "the token in that line", text_of(draft).count(TOKEN), detail=told[-400:])
    prober.saw("postmortem-figures", "the failed endpoint in Investigation", told.count("GET /feed"), detail=told[:200])


def text_of(draft: Path) -> str:
    return draft.read_text() if draft.is_file() else ""


PROBE = probe(
    title="A failed run writes a post-mortem draft, with its own figures",
    ask=ask,
    expect=(
        Observed(of="report-exit-status", among=(0, 1), cases=2),
        Observed(of="postmortem-written", equals=1),
        Observed(of="postmortem-when-passed", equals=0),
        Observed(of="postmortem-lines", at_least=1, cases=len(STEPS)),
        Observed(of="postmortem-figures", at_least=1, cases=2),
        Observed(of="postmortem-logs", at_least=1),
        Observed(of="postmortem-secrets", equals=0),
    ),
    claims=("INC-POSTMORTEM",),
    needs_stack=False,
)
