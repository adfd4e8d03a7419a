"""Finding things by their files: a new fault, drill, check or defect is one new file, with no list to edit."""

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

from harness.errors import UsageError


def names(package: ModuleType) -> list[str]:
    """The names of a package's modules as people type them: `kill_instance.py` is "kill-instance"."""
    return sorted(
        info.name.replace("_", "-")
        for info in pkgutil.iter_modules(package.__path__)
        if not info.ispkg and not info.name.startswith("_")
    )


def load(package: ModuleType, name: str, kind: str) -> ModuleType:
    """Imports one module of a package by its typed name; UsageError lists the names there are."""
    known = names(package)
    if name not in known:
        raise UsageError(f"there is no {kind} named {name!r}", f"the {kind}s are: {', '.join(known)}")
    return importlib.import_module(f"{package.__name__}.{name.replace('-', '_')}")


def load_all(package: ModuleType) -> Iterator[ModuleType]:
    for name in names(package):
        yield importlib.import_module(f"{package.__name__}.{name.replace('-', '_')}")
