"""The deployment checklist ticks what the latest run proved, says by which, and asks people what only they know."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import msgspec

from chaos.recordings import record
from harness.checks.judge import judge, write_verdict
from harness.checks.observed import Observed
from harness.errors import ExitStatus
from harness.probe import probe
from harness.prober import Prober
from harness.run import Run
from harness.tools.run import run

CHECKLIST = (sys.executable, "-m", "harness.cli.main", "checklist", "--json")
PROOF, CLAIM = "fail-fast-settings", "SEC-ENV"
"""What alone proves the claim, which is all that its item asks for."""

EARLIER, LATER = (f"2026010{day}T000000Z-{PROOF}" for day in (1, 2))
FAILED_OF_TEN = 3
"""Far more than the recorded drill allows."""

Runs = dict[str, dict[str, Any]]
"""By its name, of each run that is there already: how many of ten requests failed, and which defect it had."""

PASSED, FAILED = {"failed_of_ten": 0}, {"failed_of_ten": FAILED_OF_TEN}
OF_A_SPOILT_TARGET = PASSED | {"defect": "slow-feed"}


async def ask(prober: Prober) -> None:
    inconclusive, failed = ExitStatus.INCONCLUSIVE, ExitStatus.FAIL
    item = (await marked(prober, "unproven", "no run", {}, inconclusive))[CLAIM]
    prober.saw("command-named", "no run", " ".join(item["claims"][0]["missing"]))
    await marked(prober, "unproven", "passed with a seeded defect", {LATER: OF_A_SPOILT_TARGET}, inconclusive)
    await marked(prober, "ticked", "failed, then passed", {EARLIER: FAILED, LATER: PASSED}, inconclusive)
    items = await marked(prober, "refuted", "passed, then failed", {EARLIER: PASSED, LATER: FAILED}, failed)
    for name, item in items.items():
        if item["asks"]:
            prober.saw("of-people", name, item["verdict"], detail=item["asks"])


async def marked(prober: Prober, of: str, case: str, runs: Runs, status: ExitStatus) -> dict[str, Any]:
    """Where these runs are: records how the claim's item is marked, and by which run. The items by their first claim,
    or by their text where they have none.
    """
    folder = prober.folder / case.replace(",", "").replace(" ", "-")
    folder.mkdir()
    for name, how in runs.items():
        record(folder / "runs" / name, PROOF, (CLAIM,), **how)
        write_verdict(folder / "runs" / name, judge(Run.open(folder / "runs" / name)))
    said = await asyncio.to_thread(run, CHECKLIST, folder, {"PYTHONPATH": str(prober.files)})
    prober.saw("exit-status-fits", case, said.status == status, detail=f"{said.status}: {said.text[-200:]}")
    items = {
        item["claims"][0]["id"] if item["claims"] else item["item"]: item for item in msgspec.json.decode(said.text)
    }
    (its,) = items[CLAIM]["claims"]
    run_name = Path(its["run"]).name if its["run"] else ""
    prober.saw(of, case, f"{items[CLAIM]['verdict']} {run_name}".strip(), detail=its["value"] or "")
    return items


PROBE = probe(
    title="The deployment checklist ticks what a run proved, and asks people for the rest",
    ask=ask,
    expect=(
        Observed(of="unproven", equals="unproven", cases=2),
        Observed(of="command-named", equals=PROOF),
        Observed(of="ticked", equals=f"ticked {LATER}"),
        Observed(of="refuted", equals=f"refuted {LATER}"),
        Observed(of="exit-status-fits", equals=1, cases=4),
        Observed(of="of-people", among=("asked", "unproven"), cases=5),
    ),
    claims=("INC-CHECKLIST",),
    needs_stack=False,
)
