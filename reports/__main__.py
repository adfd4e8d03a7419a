"""`python -m reports RUN`: draws the reports of a run that was judged, from its folder alone."""

import sys
from pathlib import Path

import reports
from harness.checks.judge import read_verdict
from harness.errors import HarnessError
from harness.run import Run


def main(folder: Path) -> None:
    try:
        reports.render(Run.open(folder), read_verdict(folder), folder)
    except HarnessError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
