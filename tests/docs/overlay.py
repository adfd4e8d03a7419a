"""The files that the documentation shows, as if they lay in the rooms: found before the real ones, then gone."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import chaos.asks
import chaos.companions
import chaos.defects
import chaos.drills
import chaos.faults
import chaos.probes
import chaos.proxy.toxics
import harness.checks
from harness.checks.judge import kinds

ADDED_TO = (
    chaos.asks,
    chaos.companions,
    chaos.defects,
    chaos.drills,
    chaos.faults,
    chaos.probes,
    chaos.proxy.toxics,
    harness.checks,
)
ROOMS = {package.__name__: package for package in ADDED_TO}


class Overlay:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._written: dict[str, ModuleType | None] = {}

    def write(self, file: str, text: str) -> ModuleType | None:
        """Puts a file into its room, and imports it; None for a scenario, which only the load process may import."""
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        room, _, name = ".".join(Path(file).with_suffix("").parts).rpartition(".")
        if room not in ROOMS:
            assert room == "scenarios", f"{file} is in no room that things are added to"
            return None
        module = f"{room}.{name}"
        was = sys.modules.pop(module, None)
        self._written.setdefault(module, was)
        # A file that is written twice within a second looks unchanged to Python's cache of compiled files.
        for compiled in (path.parent / "__pycache__").glob(f"{name}.*"):
            compiled.unlink()
        importlib.invalidate_caches()
        kinds.cache_clear()
        return importlib.import_module(module)

    def forget(self) -> None:
        for module, was in self._written.items():
            room, _, name = module.rpartition(".")
            sys.modules.pop(module, None)
            if was is not None:
                sys.modules[module] = was
                setattr(ROOMS[room], name, was)
            elif hasattr(ROOMS[room], name):
                delattr(ROOMS[room], name)
        kinds.cache_clear()


@contextmanager
def overlaid(folder: Path) -> Iterator[Overlay]:
    paths = {name: package.__path__ for name, package in ROOMS.items()}
    overlay = Overlay(folder)
    try:
        for name, package in ROOMS.items():
            package.__path__ = [str(folder / name.replace(".", "/")), *paths[name]]
        yield overlay
    finally:
        for name, package in ROOMS.items():
            package.__path__ = paths[name]
        overlay.forget()
