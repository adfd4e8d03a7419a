"""A drill with its times cut short, run like `harness drill`: `python -m tests.conductor.short NAME SCALE [STACK]`.

What happens in it, and in which order, is the real thing.
"""

import sys
from pathlib import Path

from harness.cli.drilling import run_drills
from harness.cli.main import main
from harness.cli.options import drill_named
from harness.drill import Drill
from harness.settings import read_settings


def shortened(drill: Drill, scale: float) -> Drill:
    return drill.scaled(scale)


def run() -> None:
    from harness.cli import main as cli_main

    name, scale = sys.argv[1], float(sys.argv[2])
    stack = sys.argv[3] if len(sys.argv) > 3 else "embedded"

    def instead(*_: object, **__: object) -> int:
        return run_drills([shortened(drill_named(name), scale)], stack, read_settings(Path.cwd()), 7, False)

    # The command's own way in, so that errors and signals end as they do for a person.
    cli_main.cli.main = instead  # type: ignore[method-assign, assignment]
    main([])


if __name__ == "__main__":
    run()
