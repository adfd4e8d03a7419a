"""Finding a tool's program: beside this Python, in a wheel, on the system, in the distribution's package."""

import importlib.util
import os
import shutil
import sys
from pathlib import Path

from harness.errors import NotApplicable
from harness.tools import debian

SYSTEM_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin")


class Tool(debian.Program):
    """`path`, and the `environment` that it needs to start."""


def script(name: str) -> Tool:
    """A program that a Python package installs beside the interpreter."""
    path = Path(sys.executable).parent / name
    if not os.access(path, os.X_OK):
        raise NotApplicable(f"there is no {name} beside {sys.executable}", "install the project: make setup")
    return Tool(path)


def wheel(package: str, pattern: str) -> Tool:
    """A program inside a Python package, which is not imported."""
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for path in sorted(Path(folder).glob(pattern)):
            if os.access(path, os.X_OK):
                return Tool(path)
    return system(Path(pattern).name)


def system(name: str, package: str | None = None) -> Tool:
    """A program of the system, else of the distribution's package of that name (`package`, where it is another)."""
    found = shutil.which(name) or shutil.which(name, path=os.pathsep.join(SYSTEM_FOLDERS))
    if found:
        return Tool(Path(found))
    return Tool(*debian.program(package or name, name))
