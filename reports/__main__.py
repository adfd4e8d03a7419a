"""`python -m reports`: takes the folder of a judged run on each line, draws its reports from it alone, and answers with
an empty line, or why they could not be drawn.
"""

import os
import sys
from pathlib import Path

import reports
from harness.checks.judge import read_verdict
from harness.errors import HarnessError
from harness.run import Run


def draw(folder: Path) -> str:
    try:
        reports.render(Run.open(folder), read_verdict(folder), folder)
    except HarnessError as error:
        return str(error)
    except Exception as error:
        # A defect of ours in one run's reports must not cost the others theirs.
        return f"{type(error).__name__}: {error}"
    return ""


def main() -> None:
    # Whatever else is printed must not be taken for an answer.
    with os.fdopen(os.dup(sys.stdout.fileno()), "w") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        for line in sys.stdin.buffer:
            print(draw(Path(os.fsdecode(line.rstrip(b"\n")))).replace("\n", " "), file=answers, flush=True)


if __name__ == "__main__":
    main()
