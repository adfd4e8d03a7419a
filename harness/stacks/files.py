"""ProjectFiles: what a probe looks at that needs no running system: a copy of the project's own files."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from harness.errors import NotApplicable
from harness.run import StackFacts
from harness.sampling.base import Meter
from harness.stack import Role

MARK = "pyproject.toml"
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "runs", "node_modules", "*.egg-info", "__pycache__", ".*_cache", ".hypothesis"
)


class ProjectFiles:
    """An async context. The copy is there inside it, spoilt by `spoil` when a defect says how, and gone after."""

    folder: Path

    def __init__(self, project: Path, spoil: Callable[[Path], None] | None = None) -> None:
        self._project = project
        self._spoil = spoil

    @property
    def url(self) -> str:
        return ""

    @property
    def facts(self) -> StackFacts:
        why = "only the project's files are looked at"
        return StackFacts(kind="files", url="", absent={role.value: why for role in Role})

    @property
    def database_url(self) -> str | None:
        return None

    def members(self, role: Role) -> Sequence[str]:
        return ()

    def meters(self) -> Sequence[Meter]:
        return ()

    async def __aenter__(self) -> Self:
        if not (self._project / "deploy").is_dir() or not (self._project / MARK).is_file():
            raise NotApplicable(
                f"the files that this probe reads are not in {self._project}", "run it in a checkout of the project"
            )
        self._work = tempfile.TemporaryDirectory(prefix="harness-files-")
        try:
            self.folder = Path(self._work.name) / "project"
            await asyncio.to_thread(shutil.copytree, self._project, self.folder, ignore=LEFT_OUT)
            if self._spoil is not None:
                self._spoil(self.folder)
        except BaseException:
            self._work.cleanup()
            raise
        return self

    async def __aexit__(self, *exception: object) -> None:
        self._work.cleanup()
