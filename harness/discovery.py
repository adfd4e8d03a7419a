"""Finding things by their files: a new fault, drill, check or defect is one new file, with no list to edit."""

import difflib
import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from types import ModuleType

from harness.errors import UsageError


def names(package: ModuleType) -> list[str]:
    """The names of a package's modules as people type them: `kill_instance.py` is "kill-instance"."""
    return sorted(
        info.name.replace("_", "-")
        for info in pkgutil.iter_modules(package.__path__)
        if not info.ispkg and not info.name.startswith("_")
    )


LISTED_AT_MOST = 12


def unknown(kind: str, name: str, known: Sequence[str], listing: str = "") -> UsageError:
    """Of a name that is none of those that are known: which are meant, or which there are. Where they are more than
    anybody reads, `listing` is the command that lists them.
    """
    close = difflib.get_close_matches(name, known, n=3)
    meant = f"did you mean {' or '.join(close)}?" if close else ""
    if not listing or len(known) <= LISTED_AT_MOST:
        there_are = f"the {kind}s are: {', '.join(known)}"
    else:
        there_are = f"`{listing}` lists all {len(known)}"
    return UsageError(f"there is no {kind} named {name!r}", f"{meant} {there_are}".strip())


def load(package: ModuleType, name: str, kind: str, listing: str = "") -> ModuleType:
    """Imports one module of a package by its typed name. Raises UsageError, as `unknown` makes it, for another name."""
    known = names(package)
    if name not in known:
        raise unknown(kind, name, known, listing)
    return importlib.import_module(f"{package.__name__}.{name.replace('-', '_')}")


def load_all(package: ModuleType) -> Iterator[ModuleType]:
    for name in names(package):
        yield importlib.import_module(f"{package.__name__}.{name.replace('-', '_')}")
