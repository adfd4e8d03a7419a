"""Getting PgBouncer, which has no wheel: from the system, or from the distribution's package, unpacked."""

import os
from pathlib import Path

from harness.errors import NotApplicable
from harness.settings import ServerPaths
from harness.stacks.embedded.binaries import Binary, _named, _system
from harness.tools import debian
from harness.tools.run import run


class Absent(Exception):
    """PgBouncer cannot be had here; the text says why and how to get it."""


def find_pgbouncer(paths: ServerPaths) -> Binary:
    """Raises Absent, with the reason, where it cannot be had: the stack then runs without."""
    if paths.pgbouncer:
        return _named(Path(paths.pgbouncer), "pgbouncer")
    for binary in _system("pgbouncer"):
        return binary
    try:
        program = debian.program("pgbouncer", "pgbouncer", works=_starts)
    except NotApplicable as why:
        raise Absent(f"{why.what}; {why.todo}, or set HARNESS_PGBOUNCER") from why
    return Binary(program.path, "distribution's package, unpacked", program.library_path)


def _starts(program: debian.Program) -> bool:
    environment = {"PATH": os.defpath, **program.environment}
    return run([program.path, "--version"], program.path.parent, environment).status == 0
