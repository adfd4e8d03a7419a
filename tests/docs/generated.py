"""The parts of the documentation that are made from the code: `python -m tests.docs.generated` writes them anew."""

from harness.cli.options import all_drills
from tests.docs.marked import replace_marked
from tests.docs.pages import ROOT
from tests.stacks.fitting import kinds_for

README, DRILLS = ROOT / "README.md", "drills"


def table_of_drills() -> str:
    """By name. An `ask` takes what it takes: then the seconds are the most that a drill may last."""
    rows = ["| drill | what happens | profile | on | lasts |", "|---|---|---|---|---|"]
    for drill in sorted(all_drills(), key=lambda drill: drill.name):
        most = "≤ " if any(phase.ask for phase in drill.phases) else ""
        on = ", ".join(kinds_for(drill))
        rows.append(f"| `{drill.name}` | {drill.title} | {drill.profile.value} | {on} | {most}{drill.seconds:g} s |")
    return "\n".join(rows)


if __name__ == "__main__":
    replace_marked(README, DRILLS, table_of_drills())
